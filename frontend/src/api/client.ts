import createClient from 'openapi-fetch'

import type { components, paths } from './schema'
import { refresh } from './session'

export type Schemas = components['schemas']
export type Problem = Schemas['Problem']

/** Sends a request; where the session has just run out, renews it and sends it once more. */
async function send(request: Request): Promise<Response> {
  const again = request.clone()
  const answer = await fetch(request)
  if (answer.status !== 401 || request.url.includes('/api/v1/auth/')) return answer
  return (await refresh()) ? fetch(again) : answer
}

/** The one configured client. Paths, parameters and answers are typed by the generated schema. */
export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin', fetch: send })

/** What the server refused, as a problem with a stable code. Status 0 means that it did not answer. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
  }

  /** What is wrong with one field of the request. */
  field(name: string): Schemas['FieldProblem'] | undefined {
    return this.problem.errors?.find((e) => e.field === name)
  }
}

const silence: Problem = { type: 'about:blank', title: '', status: 0, code: 'no_answer', detail: '', request_id: '' }

/** Waits for an answer and gives its content; everything else is thrown as an ApiError. */
export async function got<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const answer = await asked.catch(() => {
    throw new ApiError(silence)
  })
  if (answer.response.ok) return answer.data as T
  const problem = answer.error as Partial<Problem> | undefined
  throw new ApiError(problem?.code ? (problem as Problem) : { ...silence, status: answer.response.status })
}
