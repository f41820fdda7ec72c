// SPDX-License-Identifier: Apache-2.0
// A regulator's institutions: how they stand, and who of the regulator may read them; and, seen from an institution, who
// has read what.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import type { RecordRow } from '@/lib/queries'
import { session } from '@/lib/session'

export type Supervised = Schemas['Supervised']['items'][number]
export type Reading = Schemas['Readings']['items'][number]
export type Sort = 'unmet' | 'name'
const PAGE = 50
const path = () => ({ path: { inst: session.inst } })
const ready = computed(() => session.inst !== '')

export interface Narrowed {
  q: string
  sort: Sort
}
export function readSupervised(n: Narrowed, after?: string) {
  return call(
    api.GET('/api/v1/institutions/{inst}/supervised', {
      params: { ...path(), query: { limit: PAGE, sort: n.sort, ...(n.q ? { q: n.q } : {}), ...(after ? { after } : {}) } },
    }),
  )
}
/** Their ledgers' feeds are not ours: read again now and then. */
export function useSupervised(n: MaybeRefOrGetter<Narrowed>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'supervised', session.person, toValue(n)]),
    queryFn: () => readSupervised(toValue(n)),
    enabled: ready,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: true,
    staleTime: 10_000,
  })
}

/* --- scopes ------------------------------------------------------------------------------------------------------ */

export type ScopeState = 'active' | 'coming' | 'lapsed' | 'ended' | 'withdrawn'
/** As it stands today: the days say more than the record's state. */
export function scopeState(r: RecordRow, today: string): ScopeState {
  if (r.state === 'withdrawn') return 'withdrawn'
  if (r.state !== 'active') return 'ended'
  if (!today) return 'active'
  return String(r.fields.since) > today ? 'coming' : String(r.fields.until) < today ? 'lapsed' : 'active'
}

/* --- who has read ------------------------------------------------------------------------------------------------ */

export interface Period {
  inspector: string
  from: string
  until: string
}
export function readReadings(p: Period, after?: number) {
  return call(
    api.GET('/api/v1/institutions/{inst}/readings', {
      params: {
        ...path(),
        query: {
          limit: PAGE,
          ...(p.inspector ? { inspector: p.inspector } : {}),
          ...(p.from ? { from: p.from } : {}),
          ...(p.until ? { until: p.until } : {}),
          ...(after !== undefined ? { after } : {}),
        },
      },
    }),
  )
}
export function useReadings(p: MaybeRefOrGetter<Period>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'readings', session.lang, toValue(p)]),
    queryFn: () => readReadings(toValue(p)),
    enabled: ready,
    placeholderData: keepPreviousData,
  })
}
/** Who may read today. It rests on the regulator's ledger. */
export function useInspectors() {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'inspectors', session.lang]),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/inspectors', { params: path() })),
    enabled: ready,
    refetchOnWindowFocus: true,
    staleTime: 10_000,
  })
}
