import { readonly, ref } from 'vue'

import { api, type Problem, type User } from '../api/client'

const user = ref<User>()
const problem = ref<Problem>()
const busy = ref(false)

type Answer = { error?: Problem; response: Response }

/** Runs one request at a time and keeps what it answered; a second click while it runs does nothing. */
async function once<T extends Answer>(request: () => Promise<T>): Promise<T | undefined> {
  if (busy.value) return undefined
  busy.value = true
  problem.value = undefined
  try {
    const answer = await request()
    problem.value = answer.error
    return answer
  } catch {
    problem.value = { type: 'about:blank', title: '', status: 0, code: 'unreachable', detail: '', request_id: '' }
    return undefined
  } finally {
    busy.value = false
  }
}

/** Who is signed in, and the ways in and out. The session itself is in cookies that this code cannot read. */
export function useSession() {
  async function restore() {
    let answer = await api.GET('/api/v1/me')
    if (answer.response.status === 401 && (await api.POST('/api/v1/auth/refresh')).response.ok) {
      answer = await api.GET('/api/v1/me')
    }
    user.value = answer.data
  }
  async function signIn(username: string, password: string) {
    const answer = await once(() => api.POST('/api/v1/auth/login', { body: { username, password } }))
    if (answer?.data) user.value = answer.data.user
  }
  async function changePassword(old_password: string, new_password: string) {
    const answer = await once(() => api.PUT('/api/v1/me/password', { body: { old_password, new_password } }))
    if (answer?.data) user.value = answer.data.user
  }
  async function signOut() {
    const answer = await once(() => api.POST('/api/v1/auth/logout'))
    if (answer?.response.ok || answer?.response.status === 401) user.value = undefined
  }
  return { user: readonly(user), problem: readonly(problem), busy: readonly(busy), restore, signIn, changePassword, signOut }
}
