import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { rebase } from '../inventory/changes'
import { blank, draftOf, forgets, formOf, needsTyped, patchOf } from '../inventory/form'
import { useAction } from './useAction'

/** What is typed of a new instance, or of one that is changed. */
export function useInstanceForm(original?: Schemas['Instance']) {
  const client = useQueryClient()
  const saving = useAction()
  const testing = useAction()
  const known = shallowRef(original)
  const form = ref(original ? formOf(original) : blank())
  const results = shallowRef<Schemas['ConnectionTest'][]>()

  const forgotten = computed(() => (known.value ? forgets(form.value, known.value) : []))
  const conflict = computed(() => saving.error.value?.problem.code === 'version_conflict')

  const save = () =>
    saving.run(async () => {
      const saved = known.value
        ? await got(api.PATCH('/api/v1/instances/{id}', { params: { path: { id: known.value.id } }, body: patchOf(form.value, known.value) }))
        : await got(api.POST('/api/v1/instances', { body: draftOf(form.value) }))
      client.setQueryData(['instances', saved.id], saved)
      void client.invalidateQueries({ queryKey: ['instances'] })
      void client.invalidateQueries({ queryKey: ['live', saved.id] })
      return saved
    })

  /** Tests what is typed; where the connection is as stored, with the stored passwords. */
  async function test() {
    results.value = undefined
    const stored = known.value && !needsTyped(form.value, known.value) ? known.value.id : undefined
    const found = await testing.run(() =>
      stored ? got(api.POST('/api/v1/instances/{id}/test', { params: { path: { id: stored } } })) : got(api.POST('/api/v1/instances/test', { body: draftOf(form.value) })),
    )
    results.value = found?.items
  }

  /** After a conflict: reads the instance again and keeps what was typed. */
  async function catchUp() {
    const older = known.value
    if (!older) return
    const newer = await saving.run(() => got(api.GET('/api/v1/instances/{id}', { params: { path: { id: older.id } } })))
    if (!newer) return
    form.value = rebase(form.value, formOf(older), formOf(newer))
    known.value = newer
  }
  return { form, known, saving, testing, results, forgotten, conflict, save, test, catchUp }
}
