import { useQueryClient } from '@tanstack/vue-query'

import { useAction } from './useAction'

/** Sends a change, then has the data of these kinds read again. True when it was done. */
export function useChange(...kinds: string[]) {
  const client = useQueryClient()
  const action = useAction()
  async function change(request: () => Promise<unknown>): Promise<boolean> {
    const done = await action.run(async () => {
      await request()
      return true
    })
    if (!done) return false
    for (const kind of kinds) void client.invalidateQueries({ queryKey: [kind] })
    return true
  }
  return { ...action, change }
}
