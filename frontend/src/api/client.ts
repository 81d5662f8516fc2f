import createClient from 'openapi-fetch'

import type { components, paths } from './schema'

export type Problem = components['schemas']['Problem']
export type User = components['schemas']['User']
export type Version = components['schemas']['Version']

/** The one configured client. Paths, parameters and answers are typed by the generated schema. */
export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })
