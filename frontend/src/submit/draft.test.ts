import { expect, test } from 'vitest'

import { emptyDraft, parseDraft, pick, specFrom } from './draft'

const full = { ...emptyDraft(), sourceInstance: 1, sourceDatabase: 'shop', targetInstance: 2 }

test('an incomplete form asks for nothing', () => {
  expect(specFrom(emptyDraft())).toBeUndefined()
  expect(specFrom({ ...full, some: true })).toBeUndefined()
})

test('the target takes the name of the source', () => {
  expect(specFrom(full)?.target).toEqual({ instance_id: 2, database: 'shop' })
})

test('the whole database is no list of tables', () => {
  expect(specFrom({ ...full, tables: ['a'] })).not.toHaveProperty('tables')
  expect(specFrom({ ...full, some: true, tables: ['b', 'a'] })?.tables).toEqual(['a', 'b'])
})

test('limits that were emptied are not asked for', () => {
  expect(specFrom({ ...full, limits: { connections: 8, lag_seconds: null } })?.limits).toEqual({ connections: 8 })
  expect(specFrom({ ...full, limits: { connections: null } })).not.toHaveProperty('limits')
})

test('a stored form comes back, a broken one does not', () => {
  expect(parseDraft(JSON.stringify(full))).toEqual(full)
  for (const bad of [null, '', '{', 'null', '[]', '{"title":1}', JSON.stringify({ ...full, limits: null }), JSON.stringify({ ...full, tables: [1] })]) expect(parseDraft(bad), String(bad)).toBeUndefined()
})

test('pasted names are matched, with patterns, and the rest is named', () => {
  const known = ['orders', 'order_lines', 'a.b', 'axb', 'x*y']
  expect(pick('orders, nix\n`a.b`', known)).toEqual({ found: ['orders', 'a.b'], unknown: ['nix'] })
  expect(pick('order*', known).found).toEqual(['orders', 'order_lines'])
  expect(pick('x*y', known)).toEqual({ found: ['x*y'], unknown: [] })
})
