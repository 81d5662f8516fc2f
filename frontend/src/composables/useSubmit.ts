import { useQueryClient } from '@tanstack/vue-query'
import { watch } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { specFrom, type Draft } from '../submit/draft'
import { useAction } from './useAction'

const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')

/** Sends the form. Sent again unchanged, after an answer that never came, it makes no second ticket. */
export function useSubmit(draft: Draft) {
  const client = useQueryClient()
  const action = useAction()
  let key = newKey()
  watch(draft, () => (key = newKey()))

  function content(title: string) {
    const spec = specFrom(draft)
    const start = draft.notBefore ? new Date(draft.notBefore).toISOString() : undefined
    return spec && { title: draft.title.trim() || title, reason: draft.reason.trim() || undefined, spec: { ...spec }, not_before: start }
  }
  async function submit(title: string): Promise<Schemas['TicketDetail'] | undefined> {
    const body = content(title)
    if (!body) return undefined
    return action.run(async () => {
      const made = await got(api.POST('/api/v1/tickets', { params: { header: { 'Idempotency-Key': key } }, body: { kind: 'migration', ...body } }))
      void client.invalidateQueries({ queryKey: ['tickets'] })
      return made
    })
  }
  async function edit(ticket: Schemas['TicketDetail'], title: string): Promise<Schemas['TicketDetail'] | undefined> {
    const body = content(title)
    if (!body) return undefined
    return action.run(async () => {
      const now = await got(api.PUT('/api/v1/tickets/{id}', { params: { path: { id: ticket.id } }, body: { version: ticket.version, ...body } }))
      client.setQueryData(['ticket', ticket.id], now)
      void client.invalidateQueries({ queryKey: ['tickets'] })
      return now
    })
  }
  return { ...action, submit, edit }
}
