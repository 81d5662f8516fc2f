/** What the kind `migration` keeps in the parts of a ticket whose form depends on the kind. */
import type { Schemas } from '../api/client'

export interface Endpoint {
  instance_id: number
  database: string
}

export interface MigrationSpec {
  source: Endpoint
  target: Endpoint
  tables?: string[]
  content: 'structure+data' | 'structure'
  if_exists: 'refuse' | 'replace'
  executor: 'auto' | 'pipe' | 'native'
}

export interface PlannedTable {
  name: string
  rows: number
  bytes: number
  executor: string
  reason: Schemas['Text']
}

export interface ServerFacts {
  flavour: string
  version: string
  hostname: string
}

type Names = string[] | null

export interface MigrationPlan {
  source_server: ServerFacts
  target_server: ServerFacts
  tables: PlannedTable[]
  views: Names
  triggers: Names
  routines: Names
  events: Names
  replaces: Names
  kept: Names
  total_rows: number
  total_bytes: number
  estimate?: { rows: number; bytes: number; seconds_low: number; seconds_high: number; basis: 'history' | 'default'; copies?: number }
}

export interface TableProgress {
  name: string
  state: 'waiting' | 'loading' | 'indexing' | 'verifying' | 'done'
  percent?: number
  rows_done: number
  rows_total: number
  bytes_done: number
  bytes_total: number
  bytes_per_second?: number
  eta_seconds?: number
}

/** Why a copy stands still. */
export interface Stall {
  reason: 'lock_wait' | 'throttled' | 'slow_source' | 'slow_target'
  message: Schemas['Text']
  since: string
}

export interface MigrationProgress {
  phase: string
  percent: number
  rows_done: number
  rows_total: number
  bytes_done: number
  bytes_total: number
  bytes_per_second: number
  eta_seconds?: number
  steps: { phase: 'load' | 'index' | 'verify'; percent: number; eta_seconds?: number }[]
  stall?: Stall
  tables: TableProgress[]
  at: string
}

export interface MigrationReport {
  tables: { name: string; rows: number; bytes: number; seconds: number; executor: string; checksum?: string }[]
  views: Names
  triggers: Names
  routines: Names
  events: Names
  source: ServerFacts
  target: ServerFacts
  position?: string
  tools: Record<string, string>
  old_kept: boolean
  started: string
  finished: string
}

type Opaque = Record<string, unknown> | undefined

export const specOf = (raw: Opaque) => raw as MigrationSpec | undefined
export const planOf = (raw: Opaque) => raw as MigrationPlan | undefined
export const progressOf = (raw: Opaque) => raw as MigrationProgress | undefined
export const reportOf = (raw: Opaque) => raw as MigrationReport | undefined

/** How far a copy is, 0 to 100. */
export const percent = (p: { percent?: number } | undefined) => Math.floor(p?.percent ?? 0)
