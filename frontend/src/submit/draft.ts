import type { Schemas } from '../api/client'
import type { Limits } from '../composables/useLimitText'

/** What is on the form of a ticket, before it is one. */
export interface Draft {
  title: string
  reason: string
  sourceInstance?: number
  sourceDatabase: string
  targetInstance?: number
  targetDatabase: string
  some: boolean
  tables: string[]
  content: Schemas['MigrationSpec']['content']
  ifExists: Schemas['MigrationSpec']['if_exists']
  executor: Schemas['MigrationSpec']['executor']
  limits: Limits
  notBefore: string
}

export const emptyDraft = (): Draft => ({
  title: '', reason: '', sourceDatabase: '', targetDatabase: '', some: false, tables: [], content: 'structure+data', ifExists: 'refuse', executor: 'auto', limits: {}, notBefore: '',
})

/** The form of a ticket that asks for the same. Its time is over, so it is left out. */
export function draftOf(ticket: Schemas['TicketDetail']): Draft {
  const spec = ticket.spec
  if (!spec) return emptyDraft()
  return {
    title: ticket.title, reason: ticket.reason, sourceInstance: spec.source.instance_id, sourceDatabase: spec.source.database,
    targetInstance: spec.target.instance_id, targetDatabase: spec.target.database, some: Boolean(spec.tables?.length), tables: spec.tables ?? [],
    content: spec.content, ifExists: spec.if_exists, executor: spec.executor, limits: { ...spec.limits }, notBefore: '',
  }
}

/** The spec that the form asks for; nothing while it is not complete. */
export function specFrom(d: Draft): Schemas['MigrationSpecWanted'] | undefined {
  if (!d.sourceInstance || !d.sourceDatabase || !d.targetInstance || (d.some && !d.tables.length)) return undefined
  const limits = Object.fromEntries(Object.entries(d.limits).filter(([, n]) => n))
  return {
    source: { instance_id: d.sourceInstance, database: d.sourceDatabase },
    target: { instance_id: d.targetInstance, database: d.targetDatabase || d.sourceDatabase },
    content: d.content, if_exists: d.ifExists, executor: d.executor, ...(d.some && { tables: [...d.tables].sort() }), ...(Object.keys(limits).length && { limits }),
  }
}

/** Reads what an earlier visit left; a form of another version is not half understood but dropped. */
export function parseDraft(stored: string | null): Draft | undefined {
  if (!stored) return undefined
  try {
    const d = JSON.parse(stored) as Partial<Draft>
    const like = emptyDraft()
    const same = (Object.keys(like) as (keyof Draft)[]).every((key) => typeof d[key] === typeof like[key] && d[key] !== null)
    return same && Array.isArray(d.tables) && d.tables.every((name) => typeof name === 'string') ? { ...like, ...d } : undefined
  } catch {
    return undefined
  }
}

/** Picks out of the known names those that a pasted text means: one a line or with commas, `*` for anything. */
export function pick(text: string, known: readonly string[]): { found: string[]; unknown: string[] } {
  const found = new Set<string>()
  const unknown: string[] = []
  for (const word of text.split(/[\n,;]+/).map((w) => w.trim().replace(/^`(.*)`$/, '$1')).filter(Boolean)) {
    const pattern = new RegExp(`^${word.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 's')
    const meant = known.filter((name) => name === word || (word.includes('*') && pattern.test(name)))
    meant.forEach((name) => found.add(name))
    if (!meant.length) unknown.push(word)
  }
  return { found: [...found], unknown }
}
