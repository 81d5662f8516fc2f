import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { api, got, type Schemas } from '../api/client'

export type LogLine = Schemas['LogLine']
const every = 1500

/** What the runs of a ticket say, with new lines as they come while it works. Each request asks only for what is new. */
export function useRunLog(id: Ref<number>, working: Ref<boolean>) {
  const client = useQueryClient()
  const key = computed(() => ['ticket', id.value, 'log'])
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: async () => {
      const lines = [...(client.getQueryData<LogLine[]>(key.value) ?? [])]
      for (let more = true; more; ) {
        const last = lines.at(-1)
        const query = last && { attempt: last.attempt, line: last.line }
        const page = await got(api.GET('/api/v1/tickets/{id}/log', { params: { path: { id: id.value }, query } }))
        lines.push(...page.items)
        more = page.more
      }
      return lines
    },
    refetchInterval: () => (working.value ? every : false),
  })
  return { lines: computed(() => data.value ?? []), error, refetch }
}
