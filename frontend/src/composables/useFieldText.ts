import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import type { ApiError } from '../api/client'
import { useProblemText } from './useProblemText'

/** Refusals that name no field and yet are about one. */
const about: Record<string, string> = { name_taken: 'name', username_taken: 'username' }

/**
 * Words for what is wrong with a field: ours for the field and the code where we have some. What is not about one field
 * is left in `unplaced`.
 */
export function useFieldText(error: Ref<ApiError | undefined>) {
  const { t, te } = useI18n()
  const { textOf } = useProblemText()
  function field(name: string): string | undefined {
    const { code, detail, errors } = error.value?.problem ?? {}
    if (code && about[code] === name) return textOf(code, detail)
    const wrong = errors?.find((e) => e.field === name)
    if (!wrong) return undefined
    const key = `invalid.${name}_${wrong.code.replace(`${name}_`, '')}`
    return te(key) ? t(key) : textOf(wrong.code, wrong.message)
  }
  const unplaced = computed(() => (error.value && about[error.value.problem.code] ? undefined : error.value))
  return { field, unplaced }
}
