/** Every event that a page can be told of. */
export const eventTypes = [
  'ticket.submitted', 'ticket.edited', 'ticket.approved', 'ticket.rejected', 'ticket.withdrawn', 'ticket.commented',
  'ticket.recheck_requested', 'ticket.rechecked', 'ticket.waiting', 'ticket.started', 'ticket.phase', 'ticket.recovering', 'ticket.requeued',
  'ticket.cancel_requested', 'ticket.cancelled', 'ticket.retried', 'ticket.approval_expired', 'ticket.succeeded', 'ticket.failed',
  'ticket.needs_attention', 'ticket.undo_requested', 'ticket.undo_started', 'ticket.undo_requeued', 'ticket.undo_failed', 'ticket.undone', 'instance.unreachable', 'instance.recovered', 'user.created', 'user.updated', 'user.password_changed',
  'user.token_created', 'user.token_deleted',
] as const

export type EventType = (typeof eventTypes)[number]

/** The first part of the keys of the queries that an event makes stale. */
export function kindOf(type: EventType): 'tickets' | 'instances' | 'users' {
  if (type.startsWith('ticket.')) return 'tickets'
  return type.startsWith('instance.') ? 'instances' : 'users'
}
