import type { User } from './api/session'

export interface Destination {
  to: string
  label: string
  section: 'work' | 'inventory' | 'administration'
  for: readonly User['role'][]
}

const everybody = ['user', 'dba', 'admin'] as const

/** The pages that the side bar offers, and to whom. The server decides by itself what each of them may see. */
export const destinations: Destination[] = [
  { to: '/tickets', label: 'nav.tickets', section: 'work', for: everybody },
]
