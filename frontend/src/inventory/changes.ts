const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** What differs from before. */
export function changes<T extends object>(now: T, before: T): Partial<T> {
  return Object.fromEntries(Object.entries(now).filter(([key, value]) => !same(value, before[key as keyof T]))) as Partial<T>
}

/** Takes over a newer reading of a form; what was typed over the older one is kept. */
export function rebase<T extends object>(typed: T, older: T, newer: T): T {
  return { ...newer, ...changes(typed, older) }
}
