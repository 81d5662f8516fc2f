import { readonly, shallowRef } from 'vue'

import type { components } from './schema'

type Session = components['schemas']['Session']
export type User = components['schemas']['User']

const lock = 'overmind-session'
const stored = 'session-expires'
const early = 60_000

const user = shallowRef<User>()
const expired = shallowRef(false)
let timer: ReturnType<typeof setTimeout> | undefined

/** Who is signed in. `expired` means that the session ended under an open page, which keeps what was typed in it. */
export const session = { user: readonly(user), expired: readonly(expired) }

export function begin(s: Session) {
  localStorage.setItem(stored, s.expires_at)
  resume(s.user)
}

/** Takes over a session that this browser already has, and renews it before it ends. */
export function resume(u: User) {
  user.value = u
  expired.value = false
  clearTimeout(timer)
  const left = Date.parse(localStorage.getItem(stored) ?? '') - Date.now() - early
  timer = setTimeout(() => void refresh(), Number.isFinite(left) ? Math.max(left, 1000) : early)
}

export function end() {
  clearTimeout(timer)
  localStorage.removeItem(stored)
  user.value = undefined
  expired.value = false
}

/**
 * Renews the session and tells whether there is one. Using a refresh token twice would end the session everywhere, so
 * all tabs queue here, and who waited while another renewed does not do it again.
 */
export async function refresh(): Promise<boolean> {
  const before = localStorage.getItem(stored)
  // Browsers have no locks on plain http; there two tabs can collide, and one of them signs in again.
  return navigator.locks ? navigator.locks.request(lock, () => renew(before)) : renew(before)
}

async function renew(before: string | null): Promise<boolean> {
  const now = localStorage.getItem(stored)
  if (now && now !== before) {
    if (user.value) resume(user.value)
    return true
  }
  const answer = await fetch('/api/v1/auth/refresh', { method: 'POST' })
  if (answer.ok) {
    begin((await answer.json()) as Session)
    return true
  }
  if (answer.status === 401 && user.value) {
    clearTimeout(timer)
    localStorage.removeItem(stored)
    expired.value = true
  }
  return false
}
