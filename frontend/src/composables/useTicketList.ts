import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { session } from '../api/session'
import { request, type Filters } from '../ticket/filters'

const nothing: Schemas['TicketPage'] = { items: [] }

/** The tickets that the filters let through, page by page, newest first. */
export function useTicketList(filters: Ref<Filters>) {
  const query = useInfiniteQuery({
    queryKey: ['tickets', 'list', filters],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Schemas['TicketPage']) => last.next_cursor,
    queryFn: ({ pageParam }) => {
      const asked = request(filters.value, session.user.value?.id ?? 0, Date.now())
      return asked ? got(api.GET('/api/v1/tickets', { params: { query: { ...asked, limit: 50, cursor: pageParam } } })) : nothing
    },
    placeholderData: keepPreviousData,
  })
  const tickets = computed(() => (query.data.value?.pages ?? []).flatMap((page) => page.items))
  return { ...query, tickets }
}
