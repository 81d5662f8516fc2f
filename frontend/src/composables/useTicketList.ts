import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { session } from '../api/session'
import { day, request, type Filters } from '../ticket/filters'

const nothing: Schemas['TicketPage'] = { items: [] }

/** The tickets that the filters let through, page by page, newest first. */
export function useTicketList(filters: Ref<Filters>) {
  const query = useInfiniteQuery({
    queryKey: ['tickets', 'list', filters],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Schemas['TicketPage']) => last.next_cursor,
    queryFn: ({ pageParam }) => {
      const asked = request(filters.value, session.user.value?.id ?? 0, pageParam, Date.now())
      return asked ? got(api.GET('/api/v1/tickets', { params: { query: asked } })) : nothing
    },
    placeholderData: keepPreviousData,
  })
  // The list can be asked for a time of submission only, the tab counts by the time of the failure.
  const recent = (ticket: Schemas['Ticket']) => filters.value.tab !== 'failed_day' || Date.parse(ticket.finished_at ?? '') > Date.now() - day
  const tickets = computed(() => (query.data.value?.pages ?? []).flatMap((page) => page.items).filter(recent))
  return { ...query, tickets }
}
