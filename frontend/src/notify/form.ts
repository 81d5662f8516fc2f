import type { Schemas } from '../api/client'
import { types, type Channel, type Kind } from './kinds'

/** What is typed of a channel. Lists of addresses and teams are typed one a line. */
export interface ChannelForm {
  name: string
  kind: Kind
  language: 'en' | 'zh'
  url: string
  secret: string
  host: string
  port: number
  tls: Schemas['MailServer']['tls']
  username: string
  from: string
  recipients: string
  types: string[]
  environment_ids: number[]
  teams: string
}

const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean)

export function formOf(channel?: Channel): ChannelForm {
  const mail = channel?.mail
  return {
    name: channel?.name ?? '',
    kind: channel?.kind ?? 'email',
    language: channel?.language ?? 'en',
    url: '',
    secret: '',
    host: mail?.host ?? '',
    port: mail?.port ?? 587,
    tls: mail?.tls ?? 'starttls',
    username: mail?.username ?? '',
    from: mail?.from ?? '',
    recipients: (mail?.recipients ?? []).join('\n'),
    types: channel?.rule.types ?? [...types],
    environment_ids: channel?.rule.environment_ids ?? [],
    teams: (channel?.rule.teams ?? []).join('\n'),
  }
}

function mailOf(f: ChannelForm): Schemas['MailServer'] {
  return { host: f.host.trim(), port: f.port, tls: f.tls, username: f.username.trim(), from: f.from.trim(), recipients: lines(f.recipients) }
}

/** The part of a request that a new channel and a changed one have in common. Secrets left empty are not sent. */
export function contentOf(f: ChannelForm) {
  return {
    name: f.name.trim(),
    language: f.language,
    mail: f.kind === 'email' ? mailOf(f) : undefined,
    rule: { types: types.filter((type) => f.types.includes(type)) as string[], environment_ids: f.environment_ids, teams: lines(f.teams) },
    url: f.kind === 'email' ? undefined : f.url.trim() || undefined,
    secret: f.secret || undefined,
  }
}

/** Whether saving removes the stored secret: it belongs to one address only. */
export function forgets(f: ChannelForm, known?: Channel): boolean {
  if (!known?.has_secret || f.secret) return false
  if (f.kind !== 'email') return f.url.trim() !== ''
  const { host, port, tls, username } = mailOf(f)
  const mail = known.mail
  return host.toLowerCase() !== mail?.host || port !== mail.port || tls !== mail.tls || username !== (mail.username ?? '')
}
