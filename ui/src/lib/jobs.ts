// SPDX-License-Identifier: Apache-2.0
// Long work at the server: asked for, watched, left, and found again.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { actingHeaders, api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'

export type Job = Schemas['Jobs']['items'][number]
export type JobWhole = Schemas['Job']

const OFTEN_MS = 1000

export const ended = (j: { state: string } | undefined) => !!j && (j.state === 'done' || j.state === 'failed' || j.state === 'cancelled')

/** The newest jobs of the institution; looked at often while one is under way. */
export function useJobs(limit = 20) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'jobs', limit]),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/jobs', { params: { path: { inst: session.inst }, query: { limit } } })),
    enabled: computed(() => session.inst !== ''),
    refetchInterval: (q) => (q.state.data?.items.some((j) => !ended(j)) ? OFTEN_MS : false),
  })
}

/** One job with its result; '' is none. */
export function useJob(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'job', toValue(id)]),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/jobs/{id}', { params: { path: { inst: session.inst, id: toValue(id) } } })),
    enabled: computed(() => session.inst !== '' && toValue(id) !== ''),
    refetchInterval: (q) => (ended(q.state.data) ? false : OFTEN_MS),
  })
}

export function cancelJob(id: string): Promise<JobWhole> {
  return call(api.POST('/api/v1/institutions/{inst}/jobs/{id}/cancel', { params: { path: { inst: session.inst, id } }, headers: actingHeaders() }))
}
