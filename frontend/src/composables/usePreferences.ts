import { useQuery, useQueryClient } from '@tanstack/vue-query'

import { api, got, type Schemas } from '../api/client'
import { useAction } from './useAction'

/** What I get by mail. */
export function usePreferences() {
  const client = useQueryClient()
  const action = useAction()
  const query = useQuery({ queryKey: ['preferences'], queryFn: () => got(api.GET('/api/v1/me/notifications')), staleTime: 0 })
  const save = (choice: Schemas['NotificationChoice']) =>
    action.run(async () => {
      client.setQueryData(['preferences'], await got(api.PUT('/api/v1/me/notifications', { body: choice })))
      return true
    })
  return { query, ...action, save }
}
