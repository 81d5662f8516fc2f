import { readonly, ref, shallowRef } from 'vue'

import { ApiError } from '../api/client'
import { useProblemText } from './useProblemText'

/** Runs one request at a time and keeps what was refused; a second click while it runs does nothing. */
export function useAction() {
  const busy = ref(false)
  const error = shallowRef<ApiError>()
  const { fieldText } = useProblemText()

  async function run<T>(request: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    error.value = undefined
    try {
      return await request()
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      error.value = thrown
      return undefined
    } finally {
      busy.value = false
    }
  }
  const field = (name: string) => fieldText(error.value, name)
  const clear = () => (error.value = undefined)
  return { busy: readonly(busy), error, run, field, clear }
}
