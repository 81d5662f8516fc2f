/** Every event that a page can be told of. */
export const eventTypes = [
  'ticket.submitted', 'ticket.edited', 'ticket.approved', 'ticket.rejected', 'ticket.withdrawn', 'ticket.commented',
  'ticket.recheck_requested', 'ticket.rechecked', 'ticket.waiting', 'ticket.started', 'ticket.phase', 'ticket.recovering', 'ticket.requeued',
  'ticket.cancel_requested', 'ticket.cancelled', 'ticket.retried', 'ticket.approval_expired', 'ticket.succeeded', 'ticket.failed',
  'ticket.needs_attention', 'ticket.undo_requested', 'ticket.undo_started', 'ticket.undo_requeued', 'ticket.undo_failed', 'ticket.undone',
  'instance.created', 'instance.updated', 'instance.deleted', 'environment.created', 'environment.updated', 'environment.deleted',
  'instance.unreachable', 'instance.recovered', 'user.created', 'user.updated', 'user.password_changed',
  'user.token_created', 'user.token_deleted',
] as const

export type EventType = (typeof eventTypes)[number]

/** The first parts of the keys of the queries that an event makes stale. */
export function staleAfter(type: EventType): string[] {
  switch (type.split('.')[0]) {
    case 'ticket':
      return ['tickets']
    case 'instance':
      return ['instances']
    case 'environment':
      return ['environments', 'instances', 'tickets'] // their colours and names are everywhere
    default:
      return ['users']
  }
}
