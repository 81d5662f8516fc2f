import type { Schemas } from '../api/client'

type Event = Schemas['Event']

export const steps = ['submit', 'review', 'queue', 'preflight', 'load', 'index', 'verify', 'swap', 'done'] as const
export type StepName = (typeof steps)[number]

export interface Step {
  name: StepName
  state: 'waiting' | 'current' | 'done' | 'failed'
  /** How long it took, or takes until now. */
  seconds?: number
}

const ofPhase: Record<string, StepName> = { preflight: 'preflight', stage: 'preflight', load: 'load', index: 'index', verify: 'verify', swapping: 'swap', objects: 'swap', done: 'swap' }

const ofEvent: Record<string, StepName> = {
  'ticket.submitted': 'review', 'ticket.edited': 'review', 'ticket.approval_expired': 'review', 'ticket.approved': 'queue', 'ticket.retried': 'queue',
  'ticket.requeued': 'queue', 'ticket.started': 'preflight', 'ticket.succeeded': 'done',
}

/** The step that an event begins; nothing where the ticket stays where it was. */
function begins(event: Event): StepName | undefined {
  return event.type === 'ticket.phase' ? ofPhase[String(event.data?.phase)] : ofEvent[event.type]
}

const stopped = new Set<Schemas['Ticket']['state']>(['rejected', 'withdrawn', 'failed', 'cancelled', 'needs_attention'])

/** The way of a ticket from submission to the end, with the time each step of the latest try took. */
export function timeline(events: Event[], ticket: Pick<Schemas['Ticket'], 'state' | 'finished_at'>, now: number): Step[] {
  const took = new Map<StepName, number>()
  let current: StepName = 'review'
  let began = Date.parse(events[0]?.at ?? '') || now
  for (const event of events) {
    const name = begins(event)
    if (!name || name === current) continue
    const at = Date.parse(event.at)
    took.set(current, at - began)
    if (steps.indexOf(name) < steps.indexOf(current)) for (const later of steps.slice(steps.indexOf(name))) took.delete(later) // it went back
    current = name
    began = at
  }
  const last = events.at(-1)
  const end = ticket.finished_at ? Date.parse(ticket.finished_at) : stopped.has(ticket.state) && last ? Date.parse(last.at) : now
  const over = steps.indexOf(current) === steps.length - 1
  if (!over) took.set(current, end - began)
  const here = steps.indexOf(current)
  return steps.map((name, i) => {
    const spent = took.get(name)
    const seconds = spent === undefined ? undefined : Math.max(0, spent) / 1000
    if (i < here || over) return { name, state: 'done', seconds }
    if (i > here) return { name, state: 'waiting' }
    return { name, state: stopped.has(ticket.state) ? 'failed' : 'current', seconds }
  })
}
