type Value = string | number | undefined | readonly (string | number)[]

/** The address of something to download, with the parts of its query that there are. */
export function address(path: string, query: Record<string, Value>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [value].flat().map((one) => [name, String(one)])))
  return `${path}?${new URLSearchParams(pairs)}`
}
