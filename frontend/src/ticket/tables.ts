import type { Schemas } from '../api/client'

/** One table of a ticket: what was planned, how far it is, and what came of it. */
export interface TableRow {
  name: string
  rows: number
  bytes: number
  executor: string
  state: string // planned, or as the progress says
  done: number
  percent?: number
  rate?: number
  left?: number
  seconds?: number
  checksum?: string
}

/** Puts the three together by name; what is known for sure replaces what was estimated. */
export function tableRows(plan?: Schemas['MigrationPlan'], progress?: { readonly tables: readonly Schemas['MigrationTableProgress'][] | null }, report?: Schemas['MigrationEvidence']): TableRow[] {
  const rows = new Map<string, TableRow>()
  for (const t of plan?.tables ?? []) rows.set(t.name, { name: t.name, rows: t.rows, bytes: t.bytes, executor: t.executor, state: 'planned', done: 0 })
  for (const t of progress?.tables ?? []) {
    const row = rows.get(t.name)
    rows.set(t.name, { name: t.name, rows: t.rows_total, bytes: row?.bytes ?? 0, executor: row?.executor ?? '', state: t.state, done: t.rows_done, percent: t.percent, rate: t.bytes_per_second, left: t.eta_seconds })
  }
  for (const t of report?.tables ?? []) {
    rows.set(t.name, { name: t.name, rows: t.rows, bytes: t.bytes, executor: t.executor, state: 'done', done: t.rows, seconds: t.seconds, checksum: t.checksum })
  }
  return [...rows.values()]
}
