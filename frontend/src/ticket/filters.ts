import type { LocationQuery } from 'vue-router'

import type { Schemas } from '../api/client'

export type State = Schemas['Ticket']['state']
export type Tab = 'mine' | 'to_review' | 'running' | 'failed_day' | 'all'
export type Period = 'day' | 'week' | 'month'

export const states: State[] = ['pending_review', 'queued', 'running', 'succeeded', 'failed', 'needs_attention', 'rejected', 'withdrawn', 'cancelled', 'undoing', 'undone']
export const day = 86_400_000
export const periods: Record<Period, number> = { day, week: 7 * day, month: 30 * day }

/** What the list shows. It lives in the address, so that a link or the back button brings it back. */
export interface Filters {
  tab: Tab
  q: string
  states: State[]
  environment?: number
  instance?: number
  period?: Period
}

const tabsOf = { user: ['mine', 'running', 'failed_day'], staff: ['to_review', 'running', 'failed_day', 'mine', 'all'] } as const
export const tabs = (role: string | undefined): readonly Tab[] => (role === 'user' ? tabsOf.user : tabsOf.staff)

const one = (value: LocationQuery[string] | undefined) => (Array.isArray(value) ? value[0] : value) ?? ''
const id = (value: string) => (/^[1-9]\d{0,15}$/.test(value) ? Number(value) : undefined)

export function read(query: LocationQuery, role: string | undefined): Filters {
  const offered = tabs(role)
  const chosen = one(query.state).split(',')
  const period = one(query.since)
  return {
    tab: offered.find((tab) => tab === one(query.tab)) ?? (role === 'user' ? 'mine' : 'all'),
    q: one(query.q),
    states: states.filter((state) => chosen.includes(state)),
    environment: id(one(query.environment)),
    instance: id(one(query.instance)),
    period: Object.hasOwn(periods, period) ? (period as Period) : undefined,
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
  if (f.period) query.since = f.period
  return query
}

export const narrowed = (f: Filters) => f.q !== '' || f.states.length > 0 || f.environment !== undefined || f.instance !== undefined || f.period !== undefined

const ofTab: Record<Tab, State[]> = { mine: [], to_review: [], running: ['running', 'undoing'], failed_day: ['failed', 'needs_attention'], all: [] }

/** The states to ask for: those of the tab that were also chosen. Undefined: nothing can match. */
function statesToAsk(f: Filters): State[] | undefined {
  const tab = ofTab[f.tab]
  if (!tab.length || !f.states.length) return tab.length ? tab : f.states
  const both = tab.filter((state) => f.states.includes(state))
  return both.length ? both : undefined
}

export function request(f: Filters, me: number, cursor: string | undefined, now: number) {
  const state = statesToAsk(f)
  if (!state) return undefined
  return {
    limit: 50,
    cursor,
    q: f.q || undefined,
    state: state.length ? state : undefined,
    environment_id: f.environment,
    instance_id: f.instance,
    since: f.period && new Date(now - periods[f.period]).toISOString(),
    requester_id: f.tab === 'mine' ? me : undefined,
    to_review: f.tab === 'to_review' ? ('true' as const) : undefined,
  }
}
