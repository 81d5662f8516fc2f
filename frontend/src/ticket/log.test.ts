import { expect, test } from 'vitest'

import en from '../locales/en.json'
import { logWords } from './log'

test('a line speaks of its values in the language of the reader', () => {
  const { key, values } = logWords({ message: 'table loaded', data: { table: 'orders', rows: 12345, bytes: 2_500_000, took: 83 } }, 'en')
  expect(key).toBe('log.line.table_loaded')
  expect(Object.keys(en.log.line)).toContain('table_loaded')
  expect(values).toEqual({ table: 'orders', rows: '12,345', bytes: '2.5 MB', took: '1m 23s' })
})

test('a line without words shows as it was written', () => {
  expect(logWords({ message: 'read limits', data: { error: 'no answer', missed: ['a', 'b'], none: '' } }, 'en').rest).toBe('error=no answer missed=a; b')
})
