import type { Schemas } from '../api/client'

export type Channel = Schemas['Channel']
export type Kind = Channel['kind']

export const kinds: readonly Kind[] = ['email', 'dingtalk', 'wecom', 'feishu', 'slack', 'teams', 'webhook']

/** What people can be told of, in the order of a ticket's life. */
export const types = [
  'ticket.submitted', 'ticket.edited', 'ticket.approved', 'ticket.rejected', 'ticket.withdrawn', 'ticket.approval_expired', 'ticket.review_reminder', 'ticket.review_escalated',
  'ticket.queue_reminder', 'ticket.queue_escalated', 'ticket.started', 'ticket.succeeded', 'ticket.failed', 'ticket.cancelled', 'ticket.needs_attention', 'ticket.undone', 'ticket.undo_failed', 'ticket.commented',
  'instance.unreachable', 'instance.recovered',
] as const

/** The key of a type's name in the locale files, where a dot means something else. */
export const typeKey = (type: string) => `told.${type.replace('.', '_')}`

/** Which kinds can sign what they send, and with what. */
export const signs = (kind: Kind) => kind === 'dingtalk' || kind === 'feishu' || kind === 'webhook'

export type Health = 'paused' | 'failing' | 'working' | 'unused'

export function healthOf({ paused, health }: Channel): Health {
  if (paused) return 'paused'
  if (health.failures > 0) return 'failing'
  return health.last_success_at ? 'working' : 'unused'
}
