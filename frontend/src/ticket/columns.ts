/** The columns of the list that can be hidden; number and title always show. */
export const columns = ['route', 'requester', 'status', 'waiting', 'updated', 'submitted', 'finished', 'reviewer'] as const
export type Column = (typeof columns)[number]

export const usual: readonly Column[] = ['route', 'requester', 'status', 'waiting', 'updated']

/** Reads what an earlier visit chose. */
export function parseColumns(stored: string | null): Column[] {
  const names = stored?.split(',')
  return names ? columns.filter((c) => names.includes(c)) : [...usual]
}
