import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { session } from '../api/session'
import { nothing, read, write, type Filters } from '../ticket/filters'

/** The filters of the list, read from the address and written to it. */
export function useTicketFilters() {
  const route = useRoute()
  const router = useRouter()
  const role = computed(() => session.user.value?.role)
  const filters = computed(() => read(route.query, role.value))
  const change = (to: Partial<Filters>) => router.replace({ query: write({ ...filters.value, ...to }, role.value) })
  const reset = () => change(nothing)
  return { filters, change, reset }
}
