import { expect, test } from 'vitest'

import { differences } from './diff'
import { read, write } from './filters'

test('only what changed is shown, by its path', () => {
  const before = { state: 'queued', spec: { tables: ['a'], source: { database: 'shop' } }, gone: 1 }
  const after = { state: 'running', spec: { tables: ['a'], source: { database: 'pay' } }, owner: null }
  expect(differences(before, after)).toEqual([
    { path: 'state', before: 'queued', after: 'running' },
    { path: 'spec.source.database', before: 'shop', after: 'pay' },
    { path: 'gone', before: '1', after: undefined },
    { path: 'owner', before: undefined, after: 'null' },
  ])
})

test('of something new everything is shown', () => {
  expect(differences(undefined, { name: 'x', on: true })).toEqual([
    { path: 'name', before: undefined, after: 'x' },
    { path: 'on', before: undefined, after: 'true' },
  ])
})

test('filters survive the address, and nonsense in it is ignored', () => {
  const filters = { kind: 'ticket' as const, subject: 7, actor: 2, action: 'ticket.approve', period: 'week' as const }
  expect(read(write(filters))).toEqual(filters)
  expect(write(read({ kind: 'rocket', subject: '-1', actor: '1e9', since: 'toString' }))).toEqual({})
})
