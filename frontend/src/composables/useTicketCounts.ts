import { useQuery } from '@tanstack/vue-query'

import { api, got } from '../api/client'

/** How many tickets each tab has. */
export function useTicketCounts() {
  return useQuery({ queryKey: ['tickets', 'counts'], queryFn: () => got(api.GET('/api/v1/tickets/counts')) })
}
