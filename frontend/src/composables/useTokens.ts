import { useQuery, useQueryClient } from '@tanstack/vue-query'

import { api, got } from '../api/client'
import { useAction } from './useAction'

/** One's own access tokens. The value of a new one is in the answer to its creation and nowhere else. */
export function useTokens() {
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['tokens'], queryFn: () => got(api.GET('/api/v1/tokens')) })
  const creation = useAction()
  const removal = useAction()
  const renew = () => void client.invalidateQueries({ queryKey: ['tokens'] })

  const create = (name: string, days: number) =>
    creation.run(async () => {
      const expires_at = new Date(Date.now() + days * 86_400_000).toISOString()
      const { value } = await got(api.POST('/api/v1/tokens', { body: { name, expires_at } }))
      renew()
      return value
    })
  const remove = (id: number) =>
    removal.run(async () => {
      await got(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }))
      renew()
      return true
    })
  return { ...query, creation, create, removal, remove }
}
