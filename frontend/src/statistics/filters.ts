import type { LocationQuery } from 'vue-router'

export const spans = { week: 7, month: 30, quarter: 92, year: 365 } as const
export type Span = keyof typeof spans

/** Which tickets are counted. It lives in the address. Own days go before the span. */
export interface StatisticsFilters {
  span: Span
  from?: string
  until?: string
  source?: number
  target?: number
}

const one = (value: LocationQuery[string] | undefined) => (Array.isArray(value) ? value[0] : value) ?? ''
const id = (value: string) => (/^[1-9]\d{0,15}$/.test(value) ? Number(value) : undefined)
const day = (value: string) => (/^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined)

export function read(query: LocationQuery): StatisticsFilters {
  const span = one(query.span)
  return {
    span: Object.hasOwn(spans, span) ? (span as Span) : 'month',
    from: day(one(query.from)),
    until: day(one(query.until)),
    source: id(one(query.source)),
    target: id(one(query.target)),
  }
}

/** The shortest address that says the same. */
export function write(f: StatisticsFilters): Record<string, string> {
  const own = f.from && f.until
  const said = { span: own || f.span === 'month' ? '' : f.span, from: own && f.from, until: own && f.until, source: f.source, target: f.target }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value).map(([key, value]) => [key, String(value)]))
}

/** Days as the reader's calendar has them: `2026-11-22`. */
export function dayOf(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

export function request(f: StatisticsFilters, now: Date) {
  const first = new Date(now)
  first.setDate(first.getDate() - spans[f.span] + 1)
  const own = f.from && f.until
  return { from: own ? f.from : dayOf(first), until: own ? f.until : dayOf(now), source_environment_id: f.source, target_environment_id: f.target }
}
