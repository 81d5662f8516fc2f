import { useI18n } from 'vue-i18n'

import type { Schemas } from '../api/client'

/** What copies may take from a server; 0 and nothing mean no limit. */
export type Limits = { [name in keyof Schemas['InstanceLimits']]?: number | null }

/** The limits that there are, in words. */
export function useLimitText() {
  const { t } = useI18n()
  return (limits: Limits) =>
    Object.entries(limits).filter(([, n]) => n).map(([name, n]) => t(`instances.limited.${name}`, { n })).join(t('instances.limitsJoin'))
}
