import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, got } from '../api/client'
import { useAction } from './useAction'

const recent = 10

/** One instance with the tickets that name it. */
export function useInstance(id: Ref<number>) {
  const path = () => ({ path: { id: id.value } })
  const instance = useQuery({ queryKey: ['instances', id], queryFn: () => got(api.GET('/api/v1/instances/{id}', { params: path() })) })
  const tickets = useQuery({
    queryKey: ['tickets', 'of-instance', id],
    queryFn: () => got(api.GET('/api/v1/tickets', { params: { query: { instance_id: id.value, limit: recent } } })),
  })
  return { instance, tickets }
}

/** What the server itself says at this moment; it is asked only when the caller wants it. */
export function useDatabases(id: Ref<number>) {
  return useQuery({ queryKey: ['live', id, 'databases'], queryFn: () => got(api.GET('/api/v1/instances/{id}/databases', { params: { path: { id: id.value } } })), retry: false })
}

export function useDatabase(id: number, database: string, withGrants: boolean) {
  const params = { path: { id }, query: { database } }
  const tables = useQuery({ queryKey: ['live', id, 'tables', database], queryFn: () => got(api.GET('/api/v1/instances/{id}/tables', { params })), retry: false })
  const grants = useQuery({ queryKey: ['live', id, 'grants', database], queryFn: () => got(api.GET('/api/v1/instances/{id}/grants', { params })), enabled: withGrants, retry: false })
  return { tables, grants }
}

/** Tests the stored accounts of an instance, and removes it. */
export function useInstanceActions(id: Ref<number>) {
  const client = useQueryClient()
  const testing = useAction()
  const removal = useAction()
  const renew = () => client.invalidateQueries({ queryKey: ['instances'] })
  const test = () =>
    testing.run(async () => {
      const found = await got(api.POST('/api/v1/instances/{id}/test', { params: { path: { id: id.value } } }))
      void renew()
      void client.invalidateQueries({ queryKey: ['live', id.value] })
      return found.items
    })
  const remove = (version: number) =>
    removal.run(async () => {
      await got(api.DELETE('/api/v1/instances/{id}', { params: { path: { id: id.value }, query: { version } } }))
      void renew()
      return true
    })
  return { testing, test, removal, remove, busy: computed(() => testing.busy.value) }
}
