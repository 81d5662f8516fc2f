import type { LogLine } from '../composables/useRunLog'
import { bytes, count, duration } from '../format'

/** The key of a line's words, the values that they speak of in this language, and the values as they came. */
export function logWords(line: Pick<LogLine, 'message' | 'data'>, locale: string): { key: string; values: Record<string, string>; rest: string } {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(line.data ?? {})) values[name] = shown(name, value, locale)
  const rest = Object.entries(values).filter(([, value]) => value !== '').map(([name, value]) => `${name}=${value}`).join(' ')
  return { key: `log.line.${line.message.replace(/[^a-z]+/gi, '_')}`, values, rest }
}

function shown(name: string, value: unknown, locale: string): string {
  if (Array.isArray(value)) return value.join('; ')
  if (typeof value !== 'number') return String(value ?? '')
  if (name === 'took') return duration(value, locale)
  return name === 'bytes' ? bytes(value, locale) : count(value, locale)
}
