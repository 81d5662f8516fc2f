import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { useAction } from './useAction'
import { useInventory } from './useInventory'

/** The environments, the closest to production first, and how many instances each has. */
export function useEnvironments() {
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['environments'], queryFn: () => got(api.GET('/api/v1/environments')) })
  const { environments, instances } = useInventory()
  const removal = useAction()

  const rows = computed(() => environments.value.map((environment) => ({ environment, count: instances.value.filter((i) => i.environment_id === environment.id).length })))
  const remove = ({ id, version }: Schemas['Environment']) =>
    removal.run(async () => {
      await got(api.DELETE('/api/v1/environments/{id}', { params: { path: { id }, query: { version } } }))
      void client.invalidateQueries({ queryKey: ['environments'] })
      return true
    })
  return { ...query, rows, removal, remove }
}
