// SPDX-License-Identifier: Apache-2.0
// What the institution offers, or issues, of its own accord to those tied to it, and what each has made of it. Which kinds
// it may offer, which of their fields go over, and which say what a client decided, is told by the packs with each kind.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { useKinds, type Kind } from '@/lib/catalog'
import { useNature } from '@/lib/institution'
import { fetchRecords, type Fields } from '@/lib/queries'
import { session } from '@/lib/session'
import { OFTEN } from '@/lib/ties'

export type Offered = Schemas['Offers']['items'][number]
export type OfferedTo = Offered['clients'][number]
export type Outcome = OfferedTo['outcome']
export const OUTCOMES: Outcome[] = ['waiting', 'declined', 'taken', 'handled']

const PAGE = 50
const path = () => ({ path: { inst: session.inst } })
const ready = computed(() => session.inst !== '')

/** Of what is listed, what became of it is counted; one by one it is read where somebody looks. */
export function readOffered(after?: string) {
  return call(api.GET('/api/v1/institutions/{inst}/offers', { params: { ...path(), query: { limit: PAGE, clients: 'none', ...(after ? { after } : {}) } } }))
}
/** Whether it was taken stands in other ledgers: read again now and then. */
export function useOffered() {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'offers', session.lang]),
    queryFn: () => readOffered(),
    enabled: ready,
    ...OFTEN,
  })
}
/** What each client made of it. */
export function useOfferedTo(offer: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'offers', session.lang, toValue(offer)]),
    queryFn: async () => (await call(api.GET('/api/v1/institutions/{inst}/offers', { params: { ...path(), query: { offer: toValue(offer), limit: 1 } } }))).items[0]?.clients ?? [],
    enabled: ready,
    ...OFTEN,
  })
}

export const outcomes = (x: Offered) => OUTCOMES.map((outcome) => ({ outcome, n: x.counts[outcome] })).filter((o) => o.n)
export const reached = (x: Offered) => OUTCOMES.reduce((sum, o) => sum + x.counts[o], 0)
/** Somebody has not done what it asks for. */
export const open = (x: Offered) => x.state === 'offered' && x.counts.handled < reached(x)

/** The kinds that an institution of this type may offer. */
export function useOfferable() {
  const { kinds } = useKinds()
  const nature = useNature()
  return computed(() => kinds.value.filter((k) => nature.value !== undefined && k.offered?.by.includes(nature.value)))
}

/** The fields that are filled in to offer one: what goes over, and what the kind wants besides. */
export function fieldsToOffer(kind: Kind): string[] {
  const set = Object.keys(kind.offered?.set ?? {})
  return kind.fields.filter((f) => kind.offered?.fields.includes(f.name) || (f.required && !set.includes(f.name))).map((f) => f.name)
}
/** What stands in it from the start: that it is offered today, and what comes of its being offered. */
export function givenToOffer(kind: Kind, today: string): Fields {
  const o = kind.offered
  return { ...(o && o.as === kind.kind ? o.set : {}), ...(o?.on ? { [o.on]: today } : {}) }
}

/** What must be there before a record of the kind can be entered: kinds that it names and of which the institution has no
 * record, the first to be entered first; and what it can only name, because there is one. */
export interface Needs {
  missing: string[]
  only: Fields
}
async function needsOf(kind: Kind, byName: Map<string, Kind>, seen: Set<string>): Promise<Needs> {
  const needs: Needs = { missing: [], only: {} }
  for (const f of kind.fields) {
    const to = f.type === 'ref' && f.required && !f.list ? byName.get(f.to ?? '') : undefined
    if (!to) continue
    const there = await fetchRecords(to.kind, { limit: 2, filter: ['state:ne:withdrawn'] })
    if (there.items.length === 1) needs.only[f.name] = there.items[0]!.id
    if (there.items.length || seen.has(to.kind)) continue
    seen.add(to.kind)
    needs.missing.push(...(await needsOf(to, byName, seen)).missing, to.kind)
  }
  return needs
}
export function useNeeds(kind: MaybeRefOrGetter<string>) {
  const { byName } = useKinds()
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, session.asOf, 'needs', toValue(kind)]),
    queryFn: () => {
      const k = byName.value.get(toValue(kind))
      return k ? needsOf(k, byName.value, new Set()) : { missing: [], only: {} }
    },
    enabled: computed(() => ready.value && byName.value.has(toValue(kind))),
  })
}
