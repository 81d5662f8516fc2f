import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, got } from '../api/client'
import type { Channel } from '../notify/kinds'
import { useAction } from './useAction'

/** The channels with their health, which no event tells of: they are asked for again while the page is open. */
export function useChannels() {
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['channels'], queryFn: () => got(api.GET('/api/v1/channels')), refetchInterval: 5000 })
  const channels = computed(() => query.data.value?.items ?? [])
  const removal = useAction()
  const pausing = useAction()
  const renew = () => client.invalidateQueries({ queryKey: ['channels'] })

  const remove = ({ id, version }: Channel) =>
    removal.run(async () => {
      await got(api.DELETE('/api/v1/channels/{id}', { params: { path: { id }, query: { version } } }))
      void renew()
      return true
    })
  const pause = ({ id, version, paused }: Channel) =>
    pausing.run(async () => {
      await got(api.PATCH('/api/v1/channels/{id}', { params: { path: { id } }, body: { version, paused: !paused } }))
      await renew()
    })
  return { ...query, channels, removal, remove, pausing, pause }
}
