// SPDX-License-Identifier: Apache-2.0
// A regulator's institutions: how they stand, and who of the regulator may read them; and, seen from an institution, who
// has read what.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import type { RecordRow } from '@/lib/queries'
import { session } from '@/lib/session'
import { OFTEN } from '@/lib/ties'

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

/* --- what is issued ---------------------------------------------------------------------------------------------- */

export type Issued = Schemas['Offers']['items'][number]
/** The kinds that a regulator gives to those tied to it. */
export const ISSUED = ['warning', 'inspection', 'supervisory_request']
export function readIssued(after?: string) {
  return call(api.GET('/api/v1/institutions/{inst}/offers', { params: { ...path(), query: { limit: PAGE, ...(after ? { after } : {}) } } }))
}
/** Whether it was taken stands in their ledgers: read again now and then. */
export function useIssued() {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'offers', session.lang]),
    queryFn: () => readIssued(),
    enabled: ready,
    ...OFTEN,
  })
}
export type Outcome = 'handled' | 'taken' | 'waiting' | 'declined'
export const OUTCOMES: Outcome[] = ['waiting', 'declined', 'taken', 'handled']
export function outcomes(x: Issued): { outcome: Outcome; n: number }[] {
  return OUTCOMES.map((outcome) => ({ outcome, n: x.clients.filter((c) => c.outcome === outcome).length })).filter((o) => o.n)
}
/** Somebody has not done what it asks for. */
export const open = (x: Issued) => x.state === 'offered' && x.clients.some((c) => c.outcome !== 'handled')

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
