// SPDX-License-Identifier: Apache-2.0
// Clauses against deployments, counted by the server; and how the totals went over time.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'

export type Standing = Schemas['Standing']
export type Unit = Standing['units'][number]
export type Cell = Standing['cells'][number]

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
