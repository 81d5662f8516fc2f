import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'

import { api, got } from '../api/client'

/** The environments and instances that everybody may see. */
export function useInventory() {
  const environments = useQuery({ queryKey: ['environments'], queryFn: () => got(api.GET('/api/v1/environments')) })
  const instances = useQuery({ queryKey: ['instances'], queryFn: () => got(api.GET('/api/v1/instances')) })
  const environmentOf = (id: number) => environments.data.value?.items.find((e) => e.id === id)
  return {
    environments: computed(() => [...(environments.data.value?.items ?? [])].sort((a, b) => b.rank - a.rank)),
    instances: computed(() => instances.data.value?.items ?? []),
    environmentOf,
    loading: computed(() => environments.isPending.value || instances.isPending.value),
  }
}
