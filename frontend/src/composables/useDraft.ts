import { reactive, ref, watch } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { session } from '../api/session'
import { draftOf, emptyDraft, parseDraft, type Draft } from '../submit/draft'

/** The form of a ticket. A new one is kept in the browser until it is sent; an old one starts from its ticket. */
export function useDraft(ticketID: number | undefined) {
  const place = `draft:${session.user.value?.id}`
  const stored = ticketID ? undefined : parseDraft(localStorage.getItem(place))
  const draft = reactive<Draft>(stored ?? emptyDraft())
  const restored = ref(stored !== undefined)
  const origin = ref<Schemas['TicketDetail']>()

  async function load() {
    if (!ticketID) return
    origin.value = await got(api.GET('/api/v1/tickets/{id}', { params: { path: { id: ticketID } } }))
    Object.assign(draft, draftOf(origin.value))
  }
  function clear() {
    Object.assign(draft, { ...emptyDraft(), sourceInstance: undefined, targetInstance: undefined })
    restored.value = false
    forget()
  }
  const forget = () => localStorage.removeItem(place)
  const stop = watch(draft, () => !ticketID && localStorage.setItem(place, JSON.stringify(draft)), { flush: 'post' })
  function sent() {
    stop()
    if (!ticketID) forget()
  }
  return { draft, restored, origin, load, clear, sent }
}
