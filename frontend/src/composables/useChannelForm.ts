import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef } from 'vue'

import { api, got } from '../api/client'
import { contentOf, forgets, formOf, type ChannelForm } from '../notify/form'
import type { Channel } from '../notify/kinds'
import { useAction } from './useAction'

/** What is typed of a new channel, or of one that is changed. */
export function useChannelForm(original?: Channel) {
  const client = useQueryClient()
  const action = useAction()
  const known = shallowRef(original)
  const form = ref<ChannelForm>(formOf(original))
  const forgotten = computed(() => forgets(form.value, known.value))
  const conflict = computed(() => action.error.value?.problem.code === 'version_conflict')

  const save = () =>
    action.run(async () => {
      const before = known.value
      const saved = await (before
        ? got(api.PATCH('/api/v1/channels/{id}', { params: { path: { id: before.id } }, body: { version: before.version, ...contentOf(form.value) } }))
        : got(api.POST('/api/v1/channels', { body: { kind: form.value.kind, ...contentOf(form.value) } })))
      void client.invalidateQueries({ queryKey: ['channels'] })
      return saved
    })

  /** After a conflict: what was typed stays and is saved over the newer version, if it is saved again. */
  async function catchUp() {
    const id = known.value?.id
    if (!id) return
    const newer = await action.run(() => got(api.GET('/api/v1/channels/{id}', { params: { path: { id } } })))
    if (newer) known.value = newer
  }
  return { form, known, forgotten, ...action, conflict, save, catchUp }
}
