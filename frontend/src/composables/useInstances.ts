import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { useInventory } from './useInventory'

export interface InstanceGroup {
  environment: Schemas['Environment']
  instances: Schemas['Instance'][]
}

/** The instances under their environments, the closest to production first. */
export function useInstances() {
  const { environments } = useInventory()
  const query = useQuery({ queryKey: ['instances'], queryFn: () => got(api.GET('/api/v1/instances')) })
  const groups = computed<InstanceGroup[]>(() =>
    environments.value
      .map((environment) => ({ environment, instances: (query.data.value?.items ?? []).filter((i) => i.environment_id === environment.id) }))
      .filter((group) => group.instances.length),
  )
  return { ...query, groups, environments }
}
