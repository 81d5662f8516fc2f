import { expect, test } from 'vitest'

import type { Schemas } from '../api/client'
import { timeline } from './timeline'

const start = Date.parse('2026-01-01T00:00:00Z')

function told(...happened: [second: number, type: string, phase?: string][]): Schemas['Event'][] {
  return happened.map(([second, type, phase], seq) => ({
    seq, type: `ticket.${type}`, aggregate: 'ticket', subject_id: 1, at: new Date(start + 1000 * second).toISOString(), data: phase ? { phase } : {},
  }))
}
const said = (steps: ReturnType<typeof timeline>) => steps.map((s) => `${s.name} ${s.state}${s.seconds === undefined ? '' : ` ${s.seconds}`}`)

test('a copy that is loading shows what each step took until now', () => {
  const events = told([0, 'submitted'], [60, 'commented'], [100, 'approved'], [101, 'started'], [102, 'phase', 'stage'], [105, 'phase', 'load'])
  expect(said(timeline(events, { state: 'running' }, start + 115_000))).toEqual([
    'submit done', 'review done 100', 'queue done 1', 'preflight done 4', 'load current 10', 'index waiting', 'verify waiting', 'swap waiting', 'done waiting',
  ])
})

test('a retry counts its own times', () => {
  const events = told([0, 'submitted'], [10, 'approved'], [11, 'started'], [12, 'phase', 'load'], [20, 'failed'], [50, 'retried'], [52, 'started'])
  expect(said(timeline(events, { state: 'running' }, start + 53_000)).slice(1, 5)).toEqual(['review done 10', 'queue done 2', 'preflight current 1', 'load waiting'])
})

test('a rejected ticket stopped at its review', () => {
  expect(said(timeline(told([0, 'submitted'], [30, 'rejected']), { state: 'rejected' }, start + 1e6)).slice(0, 3)).toEqual(['submit done', 'review failed 30', 'queue waiting'])
})

test('a copy that is done has no step left', () => {
  const events = told([0, 'submitted'], [1, 'approved'], [2, 'started'], [3, 'phase', 'load'], [9, 'phase', 'swapping'], [10, 'phase', 'done'], [11, 'succeeded'])
  const steps = timeline(events, { state: 'succeeded', finished_at: new Date(start + 11_000).toISOString() }, start + 1e6)
  expect(steps.every((s) => s.state === 'done')).toBe(true)
  expect(said(steps)[4]).toBe('load done 6')
})
