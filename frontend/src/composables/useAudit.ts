import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { address } from '../api/address'
import { api, got, type Schemas } from '../api/client'
import { read, request, write, type AuditFilters } from '../audit/filters'

/** The audit trail that the address asks for, page by page, newest first. */
export function useAudit() {
  const route = useRoute()
  const router = useRouter()
  const filters = computed(() => read(route.query))
  const change = (to: Partial<AuditFilters>) => router.replace({ query: write({ ...filters.value, ...to }) })
  const reset = () => router.replace({ query: {} })
  const query = useInfiniteQuery({
    queryKey: ['audit', filters],
    initialPageParam: { cursor: undefined as string | undefined, at: 0 },
    // The cursor is bound to the very question it came from, so all pages ask with the time of the first.
    getNextPageParam: (last: { page: Schemas['AuditPage']; at: number }) => (last.page.next_cursor ? { cursor: last.page.next_cursor, at: last.at } : undefined),
    queryFn: async ({ pageParam }) => {
      const at = pageParam.at || Date.now()
      return { page: await got(api.GET('/api/v1/audit', { params: { query: request(filters.value, pageParam.cursor, at) } })), at }
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
  const entries = computed(() => (query.data.value?.pages ?? []).flatMap((p) => p.page.items))
  /** Where the whole of it can be downloaded. */
  const download = computed(() => {
    const { limit: _, ...asked } = request(filters.value, undefined, Date.now())
    return address('/api/v1/audit/csv', asked)
  })
  return { ...query, entries, filters, change, reset, download }
}
