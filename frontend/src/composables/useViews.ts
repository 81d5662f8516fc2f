import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, got } from '../api/client'
import { useAction } from './useAction'

const queryKey = ['views']

/** The sets of filters that somebody keeps under names, on the server. */
export function useViews() {
  const client = useQueryClient()
  const action = useAction()
  const { data } = useQuery({ queryKey, queryFn: () => got(api.GET('/api/v1/views')) })
  const changed = () => client.invalidateQueries({ queryKey })

  /** True when it is kept. A view of the same name is replaced. */
  async function save(name: string, query: string): Promise<boolean> {
    const saved = await action.run(() => got(api.POST('/api/v1/views', { body: { name, query } })))
    if (saved) await changed()
    return saved !== undefined
  }
  async function remove(id: number) {
    await action.run(() => got(api.DELETE('/api/v1/views/{id}', { params: { path: { id } } })))
    await changed()
  }
  return { ...action, views: computed(() => data.value?.items ?? []), save, remove }
}
