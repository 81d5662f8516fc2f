import { expect, test } from 'vitest'

import { bytes, distance, duration } from './format'

test('sizes keep one digit where it matters', () => {
  expect([0, 999, 1234, 41_943_040, 1e13].map((n) => bytes(n, 'en'))).toEqual(['0 bytes', '999 bytes', '1.2 kB', '42 MB', '10 TB'])
})

test('durations have at most two units', () => {
  expect([0.25, 9.96, 59, 85, 3661].map((s) => duration(s, 'en'))).toEqual(['0.3s', '10s', '59s', '1m 25s', '1h 1m'])
})

test('distances are in whole units, and none within a minute', () => {
  expect([-59, -61, 7300, -172_900].map((s) => distance(s, 'en'))).toEqual([undefined, '1 min. ago', 'in 2 hr.', '2 days ago'])
  expect(distance(-172_900, 'zh')).toBe('前天')
})
