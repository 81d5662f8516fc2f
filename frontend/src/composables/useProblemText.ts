import { useI18n } from 'vue-i18n'

import type { ApiError } from '../api/client'

/** Words for a problem: ours for its code where we have some, else those of the server. A ticket's number is in both. */
export function useProblemText() {
  const { t, te } = useI18n()
  const textOf = (code: string | undefined, words: string | undefined) =>
    code && te(`problem.${code}`) ? t(`problem.${code}`, { ticket: words?.match(/#\d+/)?.[0] ?? '' }) : words || t('problem.unknown')
  function fieldText(error: ApiError | undefined, name: string): string | undefined {
    const wrong = error?.field(name)
    return wrong && textOf(wrong.code, wrong.message)
  }
  return { textOf, fieldText }
}
