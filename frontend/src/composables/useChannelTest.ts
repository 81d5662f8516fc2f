import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { shallowRef, type Ref } from 'vue'

import { api, got, type Schemas } from '../api/client'
import type { Channel, Kind } from '../notify/kinds'
import { useAction } from './useAction'

/** Sends a test message through a channel and keeps what the provider answered. */
export function useChannelTest(channel: Channel) {
  const client = useQueryClient()
  const action = useAction()
  const result = shallowRef<Schemas['ChannelTestResult']>()
  async function send(to: string) {
    result.value = undefined
    result.value = await action.run(() => got(api.POST('/api/v1/channels/{id}/test', { params: { path: { id: channel.id } }, body: { to: to.trim() || undefined } })))
    void client.invalidateQueries({ queryKey: ['channels'] })
  }
  return { ...action, result, send }
}

/** What a kind of channel would send. */
export function useMessagePreview(kind: Kind, type: Ref<string>, language: Ref<'en' | 'zh'>) {
  return useQuery({
    queryKey: ['preview', kind, type, language],
    queryFn: () => got(api.GET('/api/v1/channels/preview', { params: { query: { kind, type: type.value, language: language.value } } })),
  })
}
