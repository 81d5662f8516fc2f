import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'

import { api, got, type Schemas } from '../api/client'
import { useAction } from './useAction'

/** Everybody who may sign in, or those whose names match. */
export function useUsers() {
  const query = useQuery({ queryKey: ['users'], queryFn: () => got(api.GET('/api/v1/users')) })
  const wanted = ref('')
  const users = computed(() => {
    const text = wanted.value.trim().toLowerCase()
    return (query.data.value?.items ?? []).filter((u) => [u.username, u.display_name, u.team, u.email].some((part) => part.toLowerCase().includes(text)))
  })
  return { ...query, users, wanted }
}

export type UserForm = Required<Pick<Schemas['UserDraft'], 'username' | 'password' | 'role' | 'display_name' | 'email' | 'team' | 'language'>> & { disabled: boolean }

const blank: UserForm = { username: '', password: '', role: 'user', display_name: '', email: '', team: '', language: 'en', disabled: false }

/** What is typed of a new user, or of one that is changed. */
export function useUserForm(known?: Schemas['User']) {
  const client = useQueryClient()
  const action = useAction()
  const form = ref<UserForm>(known ? { ...blank, ...pick(known) } : { ...blank })

  const save = () =>
    action.run(async () => {
      const { username, password, disabled, ...rest } = form.value
      const saved = known
        ? await got(api.PATCH('/api/v1/users/{id}', { params: { path: { id: known.id } }, body: { ...rest, disabled } }))
        : await got(api.POST('/api/v1/users', { body: { ...rest, username: username.trim(), password } }))
      void client.invalidateQueries({ queryKey: ['users'] })
      return saved
    })
  return { form, ...action, save }
}

function pick({ username, role, display_name, email, team, language, disabled }: Schemas['User']) {
  return { username, role, display_name, email, team, language: language === 'zh' ? ('zh' as const) : ('en' as const), disabled }
}

/** Gives a user a new one-use password, which is in the answer and nowhere else. */
export function usePasswordReset(id: number) {
  const client = useQueryClient()
  const action = useAction()
  const reset = () =>
    action.run(async () => {
      const { password } = await got(api.POST('/api/v1/users/{id}/reset-password', { params: { path: { id } } }))
      void client.invalidateQueries({ queryKey: ['users'] })
      return password
    })
  return { ...action, reset }
}
