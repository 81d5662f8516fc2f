import { readonly, ref } from 'vue'

import type { Schemas } from '../api/client'
import { queryClient } from '../api/query'
import { refresh, session } from '../api/session'
import { eventTypes, staleAfter, type EventType } from '../events/types'

export type ServerEvent = Schemas['Event'] & { type: EventType }
export type TicketProgress = Schemas['TicketProgress']

const retryAfter = 3000
const patience = 2000
const lost = ref(false)
const outdated = ref(false)
const progress = ref(new Map<number, TicketProgress>())
const together = 150
const stale = new Set<string>()
let gathering: ReturnType<typeof setTimeout> | undefined
let source: EventSource | undefined
let begins = false
let version: string | undefined
let lostTimer: ReturnType<typeof setTimeout> | undefined
let retryTimer: ReturnType<typeof setTimeout> | undefined

function open() {
  clearTimeout(retryTimer)
  source?.close()
  begins = true
  const mine = (source = new EventSource('/api/v1/stream'))
  mine.addEventListener('hello', (m) => hello(JSON.parse(m.data) as Schemas['StreamHello']))
  mine.addEventListener('progress', (m) => {
    for (const item of (JSON.parse(m.data) as Schemas['StreamProgress']).items) progress.value.set(item.ticket_id, item)
  })
  for (const type of eventTypes) mine.addEventListener(type, (m) => happened(JSON.parse(m.data) as ServerEvent))
  mine.onerror = () => failed(mine)
}

function hello(now: Schemas['StreamHello']) {
  clearTimeout(lostTimer)
  lostTimer = undefined
  if (begins || lost.value) void queryClient.invalidateQueries() // what happened since it was read is told by no stream
  begins = lost.value = false
  outdated.value = version !== undefined && version !== now.version
  version ??= now.version
}

function happened(event: ServerEvent) {
  if (event.aggregate === 'ticket') {
    if (event.type !== 'ticket.commented') progress.value.delete(event.subject_id)
    stale.add(JSON.stringify(['ticket', event.subject_id]))
  }
  for (const kind of staleAfter(event.type)) stale.add(JSON.stringify([kind]))
  gathering ??= setTimeout(gather, together)
}

/** Events come in bursts; what several of them make stale is read once. */
function gather() {
  gathering = undefined
  const keys = [...stale].map((key) => JSON.parse(key) as unknown[])
  stale.clear()
  for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey })
}

/** The browser reconnects by itself after a break, with the last id; after a refusal (the session ended) it does not. */
function failed(which: EventSource) {
  if (which !== source) return
  lostTimer ??= setTimeout(() => (lost.value = true), patience)
  if (which.readyState !== EventSource.CLOSED) return
  retryTimer = setTimeout(async () => {
    await refresh().catch(() => false)
    if (which === source && session.user.value && !session.expired.value) open()
  }, retryAfter)
}

function close() {
  clearTimeout(retryTimer)
  clearTimeout(lostTimer)
  lostTimer = undefined
  source?.close()
  source = undefined
  lost.value = false
  progress.value.clear()
}

/** The only entry of server events: one stream a tab, which makes the data it speaks of be read again. */
export function useEvents() {
  return { open, close, lost: readonly(lost), outdated: readonly(outdated), progress: readonly(progress) }
}
