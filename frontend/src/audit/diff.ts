/** One value that an action changed. Undefined: it was not there. */
export interface Difference {
  path: string
  before: string | undefined
  after: string | undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function flat(value: unknown, path = ''): [string, string][] {
  if (isRecord(value)) return Object.entries(value).flatMap(([key, inner]) => flat(inner, path ? `${path}.${key}` : key))
  return path ? [[path, typeof value === 'string' ? value : JSON.stringify(value)]] : []
}

/** The values that differ, each under its path; of something new or gone, all of them. */
export function differences(before: unknown, after: unknown): Difference[] {
  const old = new Map(flat(before))
  const now = new Map(flat(after))
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }))
}
