// SPDX-License-Identifier: Apache-2.0
// Clauses against deployments, counted by the server; and how the totals went over time.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'

export type Standing = Schemas['Standing']
export type Unit = Standing['units'][number]
export type Cell = Standing['cells'][number]
/** As a scope: the subjects that belong to no unit. The API's word. */
export const NO_UNIT = 'none'

export function useStanding(level: MaybeRefOrGetter<number> = 1) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, session.asOf, 'standing', toValue(level)]),
    queryFn: () =>
      call(
        api.GET('/api/v1/institutions/{inst}/standing', {
          params: { path: { inst: session.inst }, query: { level: toValue(level), ...(session.asOf ? { as_of: session.asOf } : {}) } },
        }),
      ),
    enabled: computed(() => session.inst !== ''),
    placeholderData: keepPreviousData,
  })
}

export type Trend = Schemas['Trend']

export function useTrend(points = 12) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, session.asOf, 'trend', points]),
    queryFn: () =>
      call(
        api.GET('/api/v1/institutions/{inst}/standing/trend', {
          params: { path: { inst: session.inst }, query: { points, ...(session.asOf ? { until: session.asOf } : {}) } },
        }),
      ),
    enabled: computed(() => session.inst !== ''),
    placeholderData: keepPreviousData,
  })
}

/** How much is to be done about it: what is unmet weighs more than what is undecided. */
export function weight(x: { unmet: number; unknown: number; binding_unmet: number }): number {
  return x.binding_unmet * 1000000 + x.unmet * 1000 + x.unknown
}
