import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { api, ApiError, got, type Schemas } from '../api/client'

const pause = 500

/** What preflight says of a spec, asked again when it changes. An answer to an earlier question is dropped. */
export function usePreview(spec: Ref<Schemas['MigrationSpecWanted'] | undefined>) {
  const preview = shallowRef<Schemas['Preflight']>()
  const error = shallowRef<ApiError>()
  const checking = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined

  async function ask(asked: Schemas['MigrationSpecWanted']) {
    const mine = (running = new AbortController())
    try {
      const body = { kind: 'migration', spec: { ...asked } }
      const answer = await got(api.POST('/api/v1/tickets/preview', { body, signal: mine.signal }))
      if (mine.signal.aborted) return
      preview.value = answer
      error.value = undefined
    } catch (thrown) {
      if (mine.signal.aborted) return
      if (!(thrown instanceof ApiError)) throw thrown
      preview.value = undefined
      error.value = thrown
    }
    checking.value = false
  }
  function forget() {
    clearTimeout(timer)
    running?.abort()
  }
  watch(() => JSON.stringify(spec.value), () => {
    forget()
    checking.value = spec.value !== undefined
    const asked = spec.value
    if (asked) timer = setTimeout(() => void ask(asked), pause)
    else preview.value = error.value = undefined
  }, { immediate: true })
  onScopeDispose(forget)
  return { preview, error, checking }
}
