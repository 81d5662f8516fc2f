import { expect, test } from 'vitest'

import type { Schemas } from '../api/client'
import { rebase } from './changes'
import { forgets, formOf, labelsOf, labelText, needsTyped, patchOf } from './form'

const known: Schemas['Instance'] = {
  id: 1, name: 'db-1', environment_id: 2, host: 'db.example.com', port: 3306, flavour: 'mariadb', server_version: '10.11', tls: 'preferred', tls_ca: '',
  read_account: { user: 'reader', has_password: true }, load_account: { user: 'loader', has_password: true }, labels: { team: 'shop', new: '' }, owner: 'Li Wei',
  worker_group: 'default', disabled: false, limits: { connections: 48, megabytes_per_second: 0, threads_running: 0, lag_seconds: 0 }, version: 4, connection_version: 1, health: 'up', health_message: '', created_at: '', updated_at: '',
}

test('an untouched form changes nothing', () => {
  expect(patchOf(formOf(known), known)).toEqual({ version: 4 })
})

test('only what was typed is sent', () => {
  expect(patchOf({ ...formOf(known), owner: 'Zhao Min', labels: 'team = pay' }, known)).toEqual({ version: 4, owner: 'Zhao Min', labels: { team: 'pay' } })
})

test('labels survive being shown and typed', () => {
  expect(labelsOf(labelText({ team: 'shop', url: 'a=b', new: '' }))).toEqual({ team: 'shop', url: 'a=b', new: '' })
})

test('a new host forgets both passwords, a new user only its own', () => {
  expect(forgets({ ...formOf(known), host: 'other' }, known)).toEqual(['read', 'load'])
  expect(forgets({ ...formOf(known), load_user: 'other' }, known)).toEqual(['load'])
  expect(forgets({ ...formOf(known), port: 3307, read_password: 'typed' }, known)).toEqual(['load'])
  expect(forgets({ ...formOf(known), host: 'DB.example.com', owner: 'other' }, known)).toEqual([])
})

test('what somebody else changed is taken over, what was typed stays', () => {
  const typed = { ...formOf(known), owner: 'mine' }
  const newer = { ...known, version: 5, owner: 'theirs', port: 3310 }
  const after = rebase(typed, formOf(known), formOf(newer))
  expect(after).toMatchObject({ owner: 'mine', port: 3310 })
  expect(patchOf(after, newer)).toEqual({ version: 5, owner: 'mine' })
})

test('a typed password is tested as typed, a new owner is not', () => {
  expect(needsTyped({ ...formOf(known), read_password: 'x' }, known)).toBe(true)
  expect(needsTyped({ ...formOf(known), owner: 'x' }, known)).toBe(false)
})

test('limits are sent all together, and only when one was changed', () => {
  const form = formOf(known)
  form.limits.megabytes_per_second = 20
  expect(patchOf(form, known)).toEqual({ version: 4, limits: { connections: 48, megabytes_per_second: 20, threads_running: 0, lag_seconds: 0 } })
  expect(known.limits.megabytes_per_second).toBe(0)
})
