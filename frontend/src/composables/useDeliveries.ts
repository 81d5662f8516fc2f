import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { api, got } from '../api/client'
import { useAction } from './useAction'

export const states = ['queued', 'delivered', 'dead'] as const
export interface MessageFilters {
  channel?: number
  ticket?: number
  state?: (typeof states)[number]
}

const whole = (value: unknown) => (/^[1-9]\d{0,15}$/.test(String(value)) ? Number(value) : undefined)

/** The messages that the address asks for, page by page, newest first. */
export function useDeliveries() {
  const route = useRoute()
  const router = useRouter()
  const client = useQueryClient()
  const sending = useAction()
  const filters = computed<MessageFilters>(() => ({
    channel: whole(route.query.channel),
    ticket: whole(route.query.ticket),
    state: states.find((state) => state === route.query.state),
  }))
  const change = (to: Partial<MessageFilters>) =>
    router.replace({ query: Object.fromEntries(Object.entries({ ...filters.value, ...to }).filter(([, value]) => value).map(([key, value]) => [key, String(value)])) })
  const query = useInfiniteQuery({
    queryKey: ['deliveries', filters],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: { next_cursor?: string }) => last.next_cursor,
    queryFn: ({ pageParam }) => {
      const { channel, ticket, state } = filters.value
      return got(api.GET('/api/v1/deliveries', { params: { query: { channel_id: channel, ticket_id: ticket, state, limit: 50, cursor: pageParam } } }))
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
  const messages = computed(() => (query.data.value?.pages ?? []).flatMap((page) => page.items))
  const retry = (id: number) =>
    sending.run(async () => {
      await got(api.POST('/api/v1/deliveries/{id}/retry', { params: { path: { id } } }))
      await client.invalidateQueries({ queryKey: ['deliveries'] })
    })
  return { ...query, messages, filters, change, sending, retry }
}
