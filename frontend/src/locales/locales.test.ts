import { expect, test } from 'vitest'

import en from './en.json'
import zh from './zh.json'

test('both languages have the same keys', () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort())
})

test('both languages fill in the same values', () => {
  const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(holes(zh[key]), key).toEqual(holes(en[key]))
  }
})
