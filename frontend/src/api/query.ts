import { QueryClient } from '@tanstack/vue-query'

import { ApiError } from './client'

/** Server data, kept fresh by the events of the stream. Only what may pass by itself is asked again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (times, error) => times < 2 && (!(error instanceof ApiError) || error.problem.status === 0 || error.problem.status === 503),
    },
  },
})
