import { expect, test } from 'vitest'

import en from './locales/en.json'
import zh from './locales/zh.json'
import { destinations } from './navigation'

type Tree = { [key: string]: string | Tree }

const guides = import.meta.glob<string>('../../docs/user-guide/*.md', { query: '?raw', import: 'default', eager: true })
const taken = Object.keys(import.meta.glob('../../docs/user-guide/pictures/*.png')).map((path) => path.replace(/.*\//, ''))
const guide = (language: string) => guides[`../../docs/user-guide/${language}.md`] ?? ''
const pictures = (language: string) => [...guide(language).matchAll(/\]\(pictures\/(\S+)-(\w+\.png)\)/g)].map((m) => ({ name: m[1], end: m[2] }))
const text = (tree: Tree, path: string) => path.split('.').reduce<string | Tree | undefined>((at, key) => (typeof at === 'object' ? at[key] : undefined), tree)
const texts = (tree: Tree): string[] => Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : texts(value)))

test.each([['en', en], ['zh', zh]] as const)('the guide in %s names what is on the screen and speaks of every page', (language, locale) => {
  const known = new Set(texts(locale))
  const named = [...guide(language).matchAll(/\*\*(.+?)\*\*/g)].map((m) => m[1] ?? '')
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !known.has(name))).toEqual([])
  expect(pictures(language).filter((p) => p.end !== `${language}.png`)).toEqual([])
  for (const { label } of destinations) expect(named).toContain(text(locale, label))
})

test('both languages show the same pictures, all of them are there, and none is left over', () => {
  expect(pictures('zh').map((p) => p.name)).toEqual(pictures('en').map((p) => p.name))
  expect([...pictures('en'), ...pictures('zh')].map((p) => `${p.name}-${p.end}`).sort()).toEqual([...taken].sort())
})
