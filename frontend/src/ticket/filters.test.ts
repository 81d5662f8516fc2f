import { expect, test } from 'vitest'

import { exportAddress, read, request, write } from './filters'

const now = Date.parse('2026-01-31T12:00:00Z')

test('the address brings the filters back', () => {
  const query = { tab: 'to_review', q: 'shop', state: 'failed,queued', environment: '3', instance: '7', requester: '5', since: 'between', from: '2026-01-02', to: '2026-01-03' }
  expect(write(read(query, 'dba'), 'dba')).toEqual({ ...query, state: 'queued,failed' })
})

test('nonsense in the address is left out', () => {
  expect(write(read({ tab: 'x', state: 'y', environment: '-1', instance: '1e9', since: 'toString', from: '2026-01-02' }, 'user'), 'user')).toEqual({})
  expect(write(read({ since: 'between', from: '2026-13-45', to: 'now' }, 'user'), 'user')).toEqual({ since: 'between' })
})

test('a user has no tab of tickets to review', () => {
  expect(read({ tab: 'to_review' }, 'user').tab).toBe('mine')
})

test('states outside the tab match nothing', () => {
  expect(request(read({ tab: 'running', state: 'failed' }, 'dba'), 1, now)).toBeUndefined()
  expect(request(read({ tab: 'running' }, 'dba'), 1, now)?.state).toEqual(['running', 'undoing'])
})

test('a period counts back from now, or has whole days', () => {
  expect(request(read({ since: 'day' }, 'dba'), 1, now)?.since).toBe('2026-01-30T12:00:00.000Z')
  const { since, until } = request(read({ since: 'between', from: '2026-01-02', to: '2026-01-02' }, 'dba'), 1, now) ?? {}
  expect(Date.parse(until ?? '') - Date.parse(since ?? '')).toBe(86_400_000)
})

test('what failed lately is asked for by its end', () => {
  expect(request(read({ tab: 'failed_day' }, 'dba'), 1, now)?.finished_since).toBe('2026-01-30T12:00:00.000Z')
})

test('a file is asked for with the filters of the list', () => {
  expect(exportAddress(read({ tab: 'mine', state: 'failed,queued', q: 'a b' }, 'dba'), 7, now)).toBe('/api/v1/tickets/export?q=a+b&state=queued&state=failed&requester_id=7')
})
