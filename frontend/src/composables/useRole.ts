import { computed } from 'vue'

import { session } from '../api/session'

/** What the role lets the page offer. The server decides by itself. */
export function useRole() {
  const role = computed(() => session.user.value?.role)
  return { isAdmin: computed(() => role.value === 'admin'), isStaff: computed(() => role.value === 'dba' || role.value === 'admin') }
}
