import { useQueryClient } from '@tanstack/vue-query'

import { api, got, type Schemas } from '../api/client'
import { useAction } from './useAction'

type Detail = Schemas['TicketDetail']
export type ActionName = 'approve' | 'reject' | 'withdraw' | 'cancel' | 'retry' | 'undo' | 'recheck' | 'comment'

/** Takes an action on a ticket as it was shown: what has changed since is refused by the server. */
export function useTicketAction() {
  const client = useQueryClient()
  const action = useAction()

  function ask(name: ActionName, ticket: Detail, words: string): Promise<Detail> {
    const params = { path: { id: ticket.id } }
    const { version, spec_hash } = ticket
    switch (name) {
      case 'approve':
        return got(api.POST('/api/v1/tickets/{id}/approve', { params, body: { version, spec_hash, findings_hash: ticket.preflight.findings_hash, note: words } }))
      case 'reject':
        return got(api.POST('/api/v1/tickets/{id}/reject', { params, body: { version, reason: words } }))
      case 'withdraw':
        return got(api.POST('/api/v1/tickets/{id}/withdraw', { params, body: { version } }))
      case 'cancel':
        return got(api.POST('/api/v1/tickets/{id}/cancel', { params }))
      case 'retry':
        return got(api.POST('/api/v1/tickets/{id}/retry', { params }))
      case 'undo':
        return got(api.POST('/api/v1/tickets/{id}/undo', { params }))
      case 'recheck':
        return got(api.POST('/api/v1/tickets/{id}/recheck', { params }))
      case 'comment':
        return got(api.POST('/api/v1/tickets/{id}/comments', { params, body: { text: words } }))
    }
  }
  const reload = (id: number) => client.invalidateQueries({ queryKey: ['ticket', id] })

  /** True when it was done. */
  async function take(name: ActionName, ticket: Detail, words = ''): Promise<boolean> {
    const after = await action.run(() => ask(name, ticket, words))
    if (!after) return false
    client.setQueryData(['ticket', ticket.id], after)
    void client.invalidateQueries({ queryKey: ['tickets'] })
    void reload(ticket.id)
    return true
  }
  return { ...action, take, reload }
}
