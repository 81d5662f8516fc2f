import { expect, test } from 'vitest'

import { read, request, write } from './filters'

const now = Date.parse('2026-01-31T12:00:00Z')

test('the address brings the filters back', () => {
  const query = { tab: 'to_review', q: 'shop', state: 'failed,queued', environment: '3', instance: '7', since: 'week' }
  expect(write(read(query, 'dba'), 'dba')).toEqual({ ...query, state: 'queued,failed' })
})

test('nonsense in the address is left out', () => {
  expect(write(read({ tab: 'x', state: 'y', environment: '-1', instance: '1e9', since: 'toString' }, 'user'), 'user')).toEqual({})
})

test('a user has no tab of tickets to review', () => {
  expect(read({ tab: 'to_review' }, 'user').tab).toBe('mine')
})

test('states outside the tab match nothing', () => {
  expect(request(read({ tab: 'running', state: 'failed' }, 'dba'), 1, undefined, now)).toBeUndefined()
  expect(request(read({ tab: 'running' }, 'dba'), 1, undefined, now)?.state).toEqual(['running', 'undoing'])
})

test('a period counts back from now', () => {
  expect(request(read({ since: 'day' }, 'dba'), 1, undefined, now)?.since).toBe('2026-01-30T12:00:00.000Z')
})
