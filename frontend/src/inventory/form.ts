import type { Schemas } from '../api/client'
import { changes } from './changes'

export const tlsModes = ['off', 'preferred', 'required', 'verify-ca', 'verify-full'] as const

/** An instance as it is typed. A password is only what is typed now: the stored one is never shown. */
export interface InstanceForm {
  name: string
  environment_id: number | undefined
  host: string
  port: number | undefined
  tls: Schemas['Instance']['tls']
  tls_ca: string
  read_user: string
  read_password: string
  load_user: string
  load_password: string
  labels: string
  owner: string
  worker_group: string
  disabled: boolean
  limits: Schemas['InstanceLimits']
}

export const blank = (): InstanceForm => ({
  name: '', environment_id: undefined, host: '', port: 3306, tls: 'preferred', tls_ca: '', read_user: '', read_password: '',
  load_user: '', load_password: '', labels: '', owner: '', worker_group: 'default', disabled: false,
  limits: { connections: 48, megabytes_per_second: 0, threads_running: 0, lag_seconds: 0 },
})

export function formOf(i: Schemas['Instance']): InstanceForm {
  const { name, environment_id, host, port, tls, tls_ca, owner, worker_group, disabled, limits } = i
  return {
    name, environment_id, host, port, tls, tls_ca, owner, worker_group, disabled, limits: { ...limits },
    read_user: i.read_account.user, read_password: '', load_user: i.load_account.user, load_password: '', labels: labelText(i.labels),
  }
}

/** One label a line, name=value. */
export const labelText = (labels: Record<string, string>) => Object.entries(labels).map(([name, value]) => (value ? `${name}=${value}` : name)).sort().join('\n')

export function labelsOf(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean)
  return Object.fromEntries(lines.map((line) => {
    const at = line.indexOf('=')
    return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
  }))
}

const asSent = (f: InstanceForm) => ({ ...f, environment_id: f.environment_id ?? 0, port: f.port ?? 0, labels: labelsOf(f.labels), tls_ca: verifies(f) ? f.tls_ca.trim() : '' })

/** Only these modes look at a certificate. */
export const verifies = (f: InstanceForm) => f.tls === 'verify-ca' || f.tls === 'verify-full'

export function draftOf(f: InstanceForm): Schemas['InstanceDraft'] {
  const { disabled: _, ...draft } = asSent(f)
  return draft
}

/** What differs from the instance as it was read, so that what others changed elsewhere in it stays. */
export const patchOf = (f: InstanceForm, known: Schemas['Instance']): Schemas['InstancePatch'] => ({ version: known.version, ...changes(asSent(f), asSent(formOf(known))) })

/** The accounts whose stored password a save would remove: its connection or user changes and it is not typed again. */
export function forgets(f: InstanceForm, known: Schemas['Instance']): ('read' | 'load')[] {
  const now = asSent(f)
  const moved = now.host.toLowerCase() !== known.host || now.port !== known.port || now.tls !== known.tls || now.tls_ca !== known.tls_ca
  return (['read', 'load'] as const).filter((role) => {
    const account = known[`${role}_account`]
    return account.has_password && !f[`${role}_password`] && (moved || f[`${role}_user`] !== account.user)
  })
}

/** Whether a test must use what is typed rather than what is stored. */
export const needsTyped = (f: InstanceForm, known: Schemas['Instance']) => {
  const { version: _, ...changed } = patchOf(f, known)
  return ['host', 'port', 'tls', 'tls_ca', 'read_user', 'read_password', 'load_user', 'load_password'].some((key) => key in changed)
}
