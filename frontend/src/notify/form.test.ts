import { expect, test } from 'vitest'

import { contentOf, forgets, formOf } from './form'
import type { Channel } from './kinds'

const mail: Channel = {
  id: 1, name: 'mail', kind: 'email', language: 'en', host: 'smtp.example.com', paused: false, has_url: false, has_secret: true, version: 3,
  mail: { host: 'smtp.example.com', port: 587, tls: 'starttls', username: 'om', from: 'om@example.com', recipients: ['a@example.com', 'b@example.com'] },
  rule: { types: ['ticket.failed', 'ticket.submitted'], environment_ids: [2], teams: ['payments'] },
  health: { failures: 0, queued: 0, dead: 0 }, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z',
}
const robot: Channel = { ...mail, kind: 'dingtalk', mail: undefined, has_url: true }

test('what is not touched is sent as it was, without secrets', () => {
  const content = contentOf(formOf(mail))
  expect(content.mail).toEqual(mail.mail)
  expect(content.rule).toEqual({ types: ['ticket.submitted', 'ticket.failed'], environment_ids: [2], teams: ['payments'] })
  expect(content.url).toBeUndefined()
  expect(content.secret).toBeUndefined()
})

test('lists are read line by line', () => {
  expect(contentOf({ ...formOf(mail), recipients: ' x@example.com \n\n y@example.com', teams: '' }).mail?.recipients).toEqual(['x@example.com', 'y@example.com'])
})

test('another address forgets the secret, unless it is typed again', () => {
  expect(forgets(formOf(mail), mail)).toBe(false)
  expect(forgets({ ...formOf(mail), from: 'other@example.com' }, mail)).toBe(false)
  for (const change of [{ host: 'evil.example.com' }, { port: 465 }, { tls: 'tls' as const }, { username: 'other' }]) {
    expect(forgets({ ...formOf(mail), ...change }, mail)).toBe(true)
    expect(forgets({ ...formOf(mail), ...change, secret: 'again' }, mail)).toBe(false)
  }
  expect(forgets(formOf(robot), robot)).toBe(false)
  expect(forgets({ ...formOf(robot), url: 'https://evil.example.com' }, robot)).toBe(true)
})
