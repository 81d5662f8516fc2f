import { useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowReactive } from 'vue'

import { api, ApiError, got, type Schemas } from '../api/client'

export type BatchAction = 'approve' | 'reject'

/** One ticket of a batch: as it was read for the question, and what became of it. */
export interface BatchItem {
  id: number
  ticket?: Schemas['TicketDetail']
  state: 'reading' | 'ready' | 'not_allowed' | 'busy' | 'done' | 'refused'
  code?: string
  reason?: string
}

/** Reads some tickets and takes an action on each as it was shown. One that is refused does not stop the others. */
export function useBatch(action: BatchAction, ids: readonly number[]) {
  const client = useQueryClient()
  const items = ref(ids.map((id) => shallowReactive<BatchItem>({ id, state: 'reading' })))
  const busy = ref(false)
  const ready = computed(() => items.value.filter((item) => item.state === 'ready'))
  const finished = computed(() => !busy.value && items.value.some((item) => item.state === 'done' || item.state === 'refused'))

  function refuse(item: BatchItem, state: BatchItem['state'], thrown: unknown) {
    if (!(thrown instanceof ApiError)) throw thrown
    Object.assign(item, { state, code: thrown.problem.code, reason: thrown.problem.detail })
  }
  async function read(item: BatchItem) {
    try {
      const ticket = await got(api.GET('/api/v1/tickets/{id}', { params: { path: { id: item.id } } }))
      const may = ticket.actions.find((a) => a.name === action)
      Object.assign(item, { ticket, state: may?.allowed ? 'ready' : 'not_allowed', code: may?.code, reason: may?.reason })
    } catch (thrown) {
      refuse(item, 'not_allowed', thrown)
    }
  }
  async function take(item: BatchItem, words: string) {
    if (!item.ticket) return
    item.state = 'busy'
    const params = { path: { id: item.id } }
    const { version, spec_hash, preflight } = item.ticket
    try {
      if (action === 'approve') await got(api.POST('/api/v1/tickets/{id}/approve', { params, body: { version, spec_hash, findings_hash: preflight.findings_hash, note: words } }))
      else await got(api.POST('/api/v1/tickets/{id}/reject', { params, body: { version, reason: words } }))
      item.state = 'done'
    } catch (thrown) {
      refuse(item, 'refused', thrown)
    }
  }
  /** One after the other: each is a decision of its own, with its own entry in the audit trail. */
  async function run(words: string) {
    busy.value = true
    for (const item of ready.value) await take(item, words)
    busy.value = false
    void client.invalidateQueries({ queryKey: ['tickets'] })
  }
  void Promise.all(items.value.map(read))
  return { items, ready, busy, finished, run }
}
