// SPDX-License-Identifier: Apache-2.0
// How every requirement stands in a scope, counted; and the verdicts of one scope, read page after page.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call } from '@/api/client'
import { fetchVerdicts, type Verdict, type VerdictQuery } from '@/lib/queries'
import { session } from '@/lib/session'

export const STATUSES = ['unmet', 'unknown', 'accepted', 'met', 'not_yet', 'not_applicable'] as const
/** As the standing counts: a verdict is in one of them. */
export type Class = (typeof STATUSES)[number]
export type Tally = Record<Class, number> & {
  /** the met ones by strength of their proof */
  strength: [number, number, number, number]
}

export function classOf(v: Pick<Verdict, 'status' | 'code' | 'risk_accepted'>): Class {
  if (v.risk_accepted && (v.status === 'unmet' || v.status === 'unknown')) return 'accepted'
  return v.status === 'not_applicable' && v.code === '.not_yet' ? 'not_yet' : v.status
}

export const noTally = (): Tally => ({ unmet: 0, unknown: 0, accepted: 0, met: 0, not_yet: 0, not_applicable: 0, strength: [0, 0, 0, 0] })

export function addTally(to: Tally, t: Tally): void {
  for (const s of STATUSES) to[s] += t[s]
  t.strength.forEach((n, i) => (to.strength[i]! += n))
}

/** The worst that there is; undefined: no verdict. */
export function worst(t: Tally | undefined): Class | undefined {
  return t && STATUSES.find((s) => t[s] > 0)
}

const PAGE = 1000
const AT_ONCE = 4 // pages asked for together

export async function fetchAllVerdicts(query: VerdictQuery): Promise<Verdict[]> {
  const first = await fetchVerdicts({ ...query, limit: PAGE })
  const all = [...first.items]
  for (let at = PAGE; at < first.total; at += PAGE * AT_ONCE) {
    const pages = []
    for (let i = 0; i < AT_ONCE && at + i * PAGE < first.total; i++) pages.push(fetchVerdicts({ ...query, limit: PAGE, offset: at + i * PAGE }))
    for (const p of await Promise.all(pages)) all.push(...p.items)
    }
  return all
}

export function tally(verdicts: Verdict[]): Map<string, Tally> {
  const by = new Map<string, Tally>()
  for (const v of verdicts) {
    let t = by.get(v.requirement)
    if (!t) by.set(v.requirement, (t = noTally()))
    t[classOf(v)]++
    if (v.status === 'met') t.strength[v.strength]!++
  }
  return by
}

/** Counted by the server. @param unit id of a record; NO_UNIT; '': the whole institution */
export function useBook(unit: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, session.asOf, 'book', toValue(unit)]),
    queryFn: async () => {
      const u = toValue(unit)
      const got = await call(
        api.GET('/api/v1/institutions/{inst}/standing/requirements', {
          params: { path: { inst: session.inst }, query: { ...(u ? { unit: u } : {}), ...(session.asOf ? { as_of: session.asOf } : {}) } },
        }),
      )
      return new Map<string, Tally>(
        got.items.map((i) => [
          i.requirement,
          {
            unmet: i.unmet,
            unknown: i.unknown,
            accepted: i.accepted,
            met: i.met,
            not_yet: i.not_yet,
            not_applicable: i.not_applicable,
            strength: [i.strength[0] ?? 0, i.strength[1] ?? 0, i.strength[2] ?? 0, i.strength[3] ?? 0],
          },
        ]),
      )
    },
    enabled: computed(() => session.inst !== ''),
    placeholderData: keepPreviousData,
  })
}
