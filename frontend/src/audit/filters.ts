import type { LocationQuery } from 'vue-router'

export const kinds = ['ticket', 'instance', 'environment', 'user', 'token', 'session', 'channel'] as const
export type Kind = (typeof kinds)[number]

const day = 86_400_000
export const periods = { day, week: 7 * day, month: 30 * day }
export type Period = keyof typeof periods

/** Which entries are shown. It lives in the address, so that a link or the back button brings it back. */
export interface AuditFilters {
  kind?: Kind
  subject?: number
  actor?: number
  action: string
  period?: Period
}

const one = (value: LocationQuery[string] | undefined) => (Array.isArray(value) ? value[0] : value) ?? ''
const id = (value: string) => (/^[1-9]\d{0,15}$/.test(value) ? Number(value) : undefined)

export function read(query: LocationQuery): AuditFilters {
  const period = one(query.since)
  return {
    kind: kinds.find((kind) => kind === one(query.kind)),
    subject: id(one(query.subject)),
    actor: id(one(query.actor)),
    action: one(query.action),
    period: Object.hasOwn(periods, period) ? (period as Period) : undefined,
  }
}

/** The shortest address that says the same. */
export function write(f: AuditFilters): Record<string, string> {
  const said = { kind: f.kind, subject: f.subject, actor: f.actor, action: f.action, since: f.period }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value).map(([key, value]) => [key, String(value)]))
}

export const narrowed = (f: AuditFilters) => Object.keys(write(f)).length > 0

export const request = (f: AuditFilters, cursor: string | undefined, now: number) => ({
  limit: 50,
  cursor,
  aggregate: f.kind,
  subject_id: f.subject,
  actor_id: f.actor,
  action: f.action || undefined,
  since: f.period && new Date(now - periods[f.period]).toISOString(),
})
