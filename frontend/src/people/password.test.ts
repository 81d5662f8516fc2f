import { expect, test } from 'vitest'

import { randomPassword } from './password'

test('a generated password is long, readable and new each time', () => {
  const made = Array.from({ length: 50 }, randomPassword)
  for (const password of made) expect(password).toMatch(/^[a-zA-HJ-NP-Z2-9]{20}$/)
  expect(new Set(made).size).toBe(made.length)
})
