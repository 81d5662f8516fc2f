import { readonly, ref } from 'vue'

const now = ref(Date.now())
setInterval(() => (now.value = Date.now()), 10_000)

/** The time, for words like "2 min ago". One timer serves the whole page. */
export function useNow() {
  return readonly(now)
}
