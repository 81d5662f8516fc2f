import { useQuery } from '@tanstack/vue-query'
import type { Ref } from 'vue'

import { api, got } from '../api/client'

/** One ticket with what its page shows, and its story. */
export function useTicket(id: Ref<number>) {
  const path = () => ({ params: { path: { id: id.value } } })
  const ticket = useQuery({ queryKey: ['ticket', id], queryFn: () => got(api.GET('/api/v1/tickets/{id}', path())) })
  const history = useQuery({ queryKey: ['ticket', id, 'history'], queryFn: () => got(api.GET('/api/v1/tickets/{id}/history', path())) })
  const messages = useQuery({
    queryKey: ['ticket', id, 'messages'],
    queryFn: () => got(api.GET('/api/v1/tickets/{id}/messages', path())),
    refetchInterval: (query) => (query.state.data?.items.some((d) => d.state === 'queued') ? 3000 : false), // a delivery is no event
  })
  return { ticket, history, messages }
}
