import { ref, watch } from 'vue'

import { columns, parseColumns } from '../ticket/columns'

const place = 'ticket-columns'
const chosen = ref(parseColumns(localStorage.getItem(place)))
watch(chosen, (now) => localStorage.setItem(place, now.join(',')))

/** The columns of the list. They fit a screen, so the browser keeps them, not the server. */
export function useColumns() {
  const toggle = (column: (typeof columns)[number]) => {
    chosen.value = columns.filter((c) => (c === column) !== chosen.value.includes(c))
  }
  return { chosen, toggle }
}
