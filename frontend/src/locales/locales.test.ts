import { expect, test } from 'vitest'

import en from './en.json'
import zh from './zh.json'

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [[path + key, value] as [string, string]] : flat(value, `${path}${key}.`)))
}

const english = new Map(flat(en))
const chinese = new Map(flat(zh))

test('both languages have the same keys', () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
})

test('both languages fill in the same values', () => {
  const holes = (text = '') => [...new Set(text.match(/\{\w+\}/g))].sort()
  for (const [key, text] of english) expect(holes(chinese.get(key)), key).toEqual(holes(text))
})

test('no text is empty', () => {
  for (const [key, text] of [...english, ...chinese]) expect(text.trim(), key).not.toBe('')
})
