import { queryClient } from '../api/query'
import { api, got } from '../api/client'
import { begin, end, resume, session } from '../api/session'
import { useAction } from './useAction'

/** The ways in and out. The session itself is in cookies that this code cannot read. */
export function useSession() {
  const action = useAction()

  async function restore() {
    const { data } = await api.GET('/api/v1/me')
    if (data) resume(data)
  }
  function signIn(username: string, password: string) {
    return action.run(async () => {
      const before = session.user.value
      const now = await got(api.POST('/api/v1/auth/login', { body: { username, password } }))
      if (before && before.id !== now.user.id) location.assign('/') // nothing of the other person stays on the page
      begin(now)
      await queryClient.invalidateQueries()
    })
  }
  function changePassword(old_password: string, new_password: string) {
    return action.run(async () => {
      begin(await got(api.PUT('/api/v1/me/password', { body: { old_password, new_password } })))
      return true
    })
  }
  async function signOut() {
    await action.run(() => got(api.POST('/api/v1/auth/logout')))
    const refused = action.error.value
    if (refused && refused.problem.status !== 401) return
    end()
    queryClient.clear()
  }
  return { ...session, ...action, restore, signIn, changePassword, signOut }
}
