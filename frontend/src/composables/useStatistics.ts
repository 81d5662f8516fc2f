import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { address } from '../api/address'
import { api, got } from '../api/client'
import { read, request, write, type StatisticsFilters } from '../statistics/filters'

/** The counts that the address asks for. */
export function useStatistics() {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => read(route.query))
  const asked = computed(() => request(filters.value, new Date()))
  const change = (to: Partial<StatisticsFilters>) => router.replace({ query: write({ ...filters.value, ...to }) })
  const query = useQuery({
    queryKey: ['statistics', asked],
    queryFn: () => got(api.GET('/api/v1/statistics', { params: { query: asked.value } })),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
  /** Where one table can be downloaded. */
  const download = (table: string) => address('/api/v1/statistics/csv', { table, ...asked.value })
  return { ...query, filters, change, download }
}
