import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { changes, rebase } from '../inventory/changes'
import { useAction } from './useAction'

type Environment = Schemas['Environment']
type Form = Omit<Environment, 'id' | 'version'>

const blank: Form = { name: '', color: '#1f5fd0', rank: 0, protected: false, may_be_source: true, may_be_target: true, allow_self_approval: false }

function formOf(environment: Environment): Form {
  const { id: _, version: __, ...form } = environment
  return form
}

/** What is typed of a new environment, or of one that is changed. */
export function useEnvironmentForm(original?: Environment) {
  const client = useQueryClient()
  const action = useAction()
  const known = shallowRef(original)
  const form = ref<Form>(original ? formOf(original) : { ...blank })
  const conflict = computed(() => action.error.value?.problem.code === 'version_conflict')

  const save = () =>
    action.run(async () => {
      const typed = { ...form.value, allow_self_approval: form.value.allow_self_approval && !form.value.protected }
      const before = known.value
      await (before
        ? got(api.PATCH('/api/v1/environments/{id}', { params: { path: { id: before.id } }, body: { version: before.version, ...changes(typed, formOf(before)) } }))
        : got(api.POST('/api/v1/environments', { body: typed })))
      void client.invalidateQueries({ queryKey: ['environments'] })
      return true
    })

  /** After a conflict: reads the environment again and keeps what was typed. */
  async function catchUp() {
    const older = known.value
    const newer = older && (await action.run(() => got(api.GET('/api/v1/environments/{id}', { params: { path: { id: older.id } } }))))
    if (!newer) return
    form.value = rebase(form.value, formOf(older), formOf(newer))
    known.value = newer
  }
  return { form, known, ...action, conflict, save, catchUp }
}
