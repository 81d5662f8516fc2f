import type { LocationQuery } from 'vue-router'

import { address } from '../api/address'
import type { Schemas } from '../api/client'

export type State = Schemas['Ticket']['state']
export type Tab = 'mine' | 'to_review' | 'running' | 'failed_day' | 'all'
export type Period = 'day' | 'week' | 'month' | 'between'

export const states: State[] = ['pending_review', 'queued', 'running', 'succeeded', 'failed', 'needs_attention', 'rejected', 'withdrawn', 'cancelled', 'undoing', 'undone']
export const day = 86_400_000
const spans = { day, week: 7 * day, month: 30 * day }
export const periods: readonly Period[] = ['day', 'week', 'month', 'between']

/** What the list shows. It lives in the address, so that a link or the back button brings it back. */
export interface Filters {
  tab: Tab
  q: string
  states: State[]
  environment?: number
  instance?: number
  requester?: number
  period?: Period
  /** The first and the last day of the period `between`, as in 2026-01-31. */
  from?: string
  to?: string
}

const tabsOf = { user: ['mine', 'running', 'failed_day'], staff: ['to_review', 'running', 'failed_day', 'mine', 'all'] } as const
export const tabs = (role: string | undefined): readonly Tab[] => (role === 'user' ? tabsOf.user : tabsOf.staff)

const one = (value: LocationQuery[string] | undefined) => (Array.isArray(value) ? value[0] : value) ?? ''
const date = (value: string) => (/^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined)
const id = (value: string) => (/^[1-9]\d{0,15}$/.test(value) ? Number(value) : undefined)

export function read(query: LocationQuery, role: string | undefined): Filters {
  const offered = tabs(role)
  const chosen = one(query.state).split(',')
  const period = periods.find((p) => p === one(query.since))
  const between = period === 'between'
  return {
    tab: offered.find((tab) => tab === one(query.tab)) ?? (role === 'user' ? 'mine' : 'all'),
    q: one(query.q),
    states: states.filter((state) => chosen.includes(state)),
    environment: id(one(query.environment)),
    instance: id(one(query.instance)),
    requester: id(one(query.requester)),
    period,
    from: between ? date(one(query.from)) : undefined,
    to: between ? date(one(query.to)) : undefined,
  }
}

/** The shortest address that says the same. */
export function write(f: Filters, role: string | undefined): Record<string, string> {
  const query: Record<string, string> = {}
  if (f.tab !== read({}, role).tab) query.tab = f.tab
  if (f.q) query.q = f.q
  if (f.states.length) query.state = f.states.join(',')
  if (f.environment) query.environment = String(f.environment)
  if (f.instance) query.instance = String(f.instance)
  if (f.requester) query.requester = String(f.requester)
  if (f.period) query.since = f.period
  if (f.period === 'between' && f.from) query.from = f.from
  if (f.period === 'between' && f.to) query.to = f.to
  return query
}

export const nothing: Partial<Filters> = { q: '', states: [], environment: undefined, instance: undefined, requester: undefined, period: undefined }
export const narrowed = (f: Filters) => Boolean(f.q || f.states.length || f.environment || f.instance || f.requester || f.period)

const ofTab: Record<Tab, State[]> = { mine: [], to_review: [], running: ['running', 'undoing'], failed_day: ['failed', 'needs_attention'], all: [] }

/** The states to ask for: those of the tab that were also chosen. Undefined: nothing can match. */
function statesToAsk(f: Filters): State[] | undefined {
  const tab = ofTab[f.tab]
  if (!tab.length || !f.states.length) return tab.length ? tab : f.states
  const both = tab.filter((state) => f.states.includes(state))
  return both.length ? both : undefined
}

/** The days that a period has, by the clock of whoever looks. */
function submitted(f: Filters, now: number): { since?: string; until?: string } {
  if (!f.period) return {}
  if (f.period !== 'between') return { since: new Date(now - spans[f.period]).toISOString() }
  const midnight = (value: string | undefined, after: number) => {
    if (!value) return undefined
    const at = new Date(`${value}T00:00`)
    at.setDate(at.getDate() + after)
    return at.toISOString()
  }
  return { since: midnight(f.from, 0), until: midnight(f.to, 1) }
}

/** What the list and its export ask for. Undefined: nothing can match. */
export function request(f: Filters, me: number, now: number) {
  const state = statesToAsk(f)
  if (!state) return undefined
  return {
    q: f.q || undefined,
    state: state.length ? state : undefined,
    environment_id: f.environment,
    instance_id: f.instance,
    requester_id: f.tab === 'mine' ? me : f.requester,
    to_review: f.tab === 'to_review' ? ('true' as const) : undefined,
    finished_since: f.tab === 'failed_day' ? new Date(now - day).toISOString() : undefined,
    ...submitted(f, now),
  }
}

/** Where the list can be fetched as a file. */
export function exportAddress(f: Filters, me: number, now: number): string | undefined {
  const asked = request(f, me, now)
  return asked && address('/api/v1/tickets/export', asked)
}
