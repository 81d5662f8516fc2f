import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, got } from '../api/client'

/** The databases of an instance, asked live. */
export function useDatabases(instance: Ref<number | undefined>) {
  return useQuery({
    queryKey: ['databases', instance],
    queryFn: () => got(api.GET('/api/v1/instances/{id}/databases', { params: { path: { id: instance.value ?? 0 } } })),
    enabled: computed(() => instance.value !== undefined),
    retry: false,
  })
}

/** The tables and views of a database, asked live. */
export function useTables(instance: Ref<number | undefined>, database: Ref<string>) {
  return useQuery({
    queryKey: ['tables', instance, database],
    queryFn: () => got(api.GET('/api/v1/instances/{id}/tables', { params: { path: { id: instance.value ?? 0 }, query: { database: database.value } } })),
    enabled: computed(() => instance.value !== undefined && database.value !== ''),
    retry: false,
  })
}
