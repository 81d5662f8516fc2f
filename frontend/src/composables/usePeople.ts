import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, got } from '../api/client'

/** Everybody who has submitted a ticket; only staff choose among them. */
export function useRequesters(enabled: Ref<boolean>) {
  const { data } = useQuery({ queryKey: ['users', 'requesters'], queryFn: () => got(api.GET('/api/v1/tickets/requesters')), enabled })
  return computed(() => data.value?.items ?? [])
}

/** Who may review what one submits. */
export function useReviewers() {
  const { data } = useQuery({ queryKey: ['users', 'reviewers'], queryFn: () => got(api.GET('/api/v1/tickets/reviewers')) })
  return computed(() => data.value?.items ?? [])
}
