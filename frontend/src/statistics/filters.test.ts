import { describe, expect, it } from 'vitest'

import { read, request, write } from './filters'

describe('the address of the statistics', () => {
  it('says the same after reading and writing, as short as possible', () => {
    expect(write(read({}))).toEqual({})
    expect(write(read({ span: 'year', source: '3' }))).toEqual({ span: 'year', source: '3' })
    expect(write(read({ span: 'year', from: '2026-01-01', until: '2026-01-31' }))).toEqual({ from: '2026-01-01', until: '2026-01-31' })
  })
  it('ignores what it does not know', () => {
    expect(write(read({ span: 'toString', from: '1 January', source: '-1' }))).toEqual({})
  })
  it('asks for whole days up to today', () => {
    const now = new Date(2026, 2, 1, 23, 59)
    expect(request(read({ span: 'week' }), now)).toMatchObject({ from: '2026-02-23', until: '2026-03-01' })
  })
})
