import { readonly, ref, type Ref } from 'vue'

function clock(period: number): Readonly<Ref<number>> {
  const now = ref(Date.now())
  setInterval(() => (now.value = Date.now()), period)
  return readonly(now)
}

const slow = clock(10_000)
const fast = clock(1000)

/** The time: by the second for what is going on, else often enough for words like "2 min ago". Timers are shared. */
export const useNow = (bySecond = false) => (bySecond ? fast : slow)
