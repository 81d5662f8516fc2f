import { NodeTypes, parse, type TemplateChildNode } from '@vue/compiler-dom'
import { expect, test } from 'vitest'

const files = import.meta.glob<string>('./**/*.vue', { query: '?raw', import: 'default', eager: true })
const spoken = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label'])

/** The words that a template says by itself, which no language file could change. */
function raw(nodes: TemplateChildNode[]): string[] {
  return nodes.flatMap((node) => {
    if (node.type === NodeTypes.TEXT) return /\p{L}/u.test(node.content) ? [node.content.trim()] : []
    if (node.type !== NodeTypes.ELEMENT || node.tag === 'script' || node.tag === 'style') return []
    const said = node.props.flatMap((p) => (p.type === NodeTypes.ATTRIBUTE && spoken.has(p.name) && p.value && /\p{L}/u.test(p.value.content) ? [p.value.content] : []))
    return [...said, ...raw(node.children)]
  })
}

test('no template speaks by itself', () => {
  expect(Object.keys(files).length).toBeGreaterThan(30)
  const found = Object.entries(files).flatMap(([name, content]) => raw(parse(content).children).map((text) => `${name}: ${text}`))
  expect(found).toEqual([])
})
