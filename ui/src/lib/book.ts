// SPDX-License-Identifier: Apache-2.0
// How every requirement stands in a scope: all verdicts of the scope, read page after page and counted by requirement.
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, ref, toValue, type MaybeRefOrGetter } from 'vue'
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

export async function fetchAllVerdicts(query: VerdictQuery, progress?: (read: number, all: number) => void): Promise<Verdict[]> {
  const first = await fetchVerdicts({ ...query, limit: PAGE })
  const all = [...first.items]
  progress?.(all.length, first.total)
  for (let at = PAGE; at < first.total; at += PAGE * AT_ONCE) {
    const pages = []
    for (let i = 0; i < AT_ONCE && at + i * PAGE < first.total; i++) pages.push(fetchVerdicts({ ...query, limit: PAGE, offset: at + i * PAGE }))
    for (const p of await Promise.all(pages)) all.push(...p.items)
    progress?.(all.length, first.total)
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

/** @param unit id of a record; '': the whole institution */
export function useBook(unit: MaybeRefOrGetter<string>) {
  const read = ref({ n: 0, all: 0 })
  const query = useQuery({
    queryKey: computed(() => ['inst', session.inst, session.asOf, 'book', toValue(unit)]),
    queryFn: async () => {
      const u = toValue(unit)
      // Only the counts are kept, not some megabytes of reasons.
      return tally(await fetchAllVerdicts(u ? { unit: u } : {}, (n, all) => (read.value = { n, all })))
    },
    enabled: computed(() => session.inst !== ''),
    placeholderData: keepPreviousData,
  })
  return { query, read }
}
