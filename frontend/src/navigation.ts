import type { User } from './api/session'

export interface Destination {
  to: string
  label: string
  section: 'work' | 'inventory' | 'administration' | 'account'
  for: readonly User['role'][]
}

const everybody = ['user', 'dba', 'admin'] as const
const staff = ['dba', 'admin'] as const

/** The pages that the side bar offers, and to whom. The server decides by itself what each of them may see. */
export const destinations: Destination[] = [
  { to: '/tickets', label: 'nav.tickets', section: 'work', for: everybody },
  { to: '/instances', label: 'nav.instances', section: 'inventory', for: everybody },
  { to: '/environments', label: 'nav.environments', section: 'inventory', for: everybody },
  { to: '/statistics', label: 'nav.statistics', section: 'work', for: staff },
  { to: '/users', label: 'nav.users', section: 'administration', for: ['admin'] },
  { to: '/channels', label: 'nav.channels', section: 'administration', for: ['admin'] },
  { to: '/audit', label: 'nav.audit', section: 'administration', for: staff },
  { to: '/mails', label: 'mails.title', section: 'account', for: everybody },
  { to: '/tokens', label: 'nav.tokens', section: 'account', for: everybody },
]
