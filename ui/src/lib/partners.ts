// SPDX-License-Identifier: Apache-2.0
// The client's side of what passes between institutions: whom it invites, with whom it is tied, what waits to be taken.
// Some of it rests on the other side's ledger, whose feed is not ours: it is read again from time to time.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { useKinds } from '@/lib/catalog'
import type { Fields, RecordRow } from '@/lib/queries'
import { session } from '@/lib/session'
import { OFTEN, useTies, type Tie } from '@/lib/ties'

export type Answer = Schemas['AnswersWaiting']['items'][number]
export type Offer = Schemas['OffersWaiting']['items'][number]

/** Most that a list shows; what is taken makes room. */
const MOST = 200

const path = () => ({ path: { inst: session.inst } })

/** The kinds of the register that stand for who can be invited; who may be let read, of whom there are few, last. */
export function usePartnerKinds() {
  const { byName } = useKinds()
  return computed(() => [...byName.value.values()].filter((k) => k.party).sort((a, b) => Number(a.party?.reads) - Number(b.party?.reads)))
}

/** With whom the institution is tied, as the client. */
export function usePartners() {
  const query = useTies()
  return { query, ties: computed(() => (query.data.value?.items ?? []).filter((x) => x.side === 'client')) }
}
/** Is somebody tied to it whose people may be let read, a regulator? */
export function useOverseen() {
  const { ties } = usePartners()
  const { byName } = useKinds()
  return computed(() => !session.visit && ties.value.some((x) => x.record && byName.value.get(x.record.kind)?.party?.reads))
}

export const makeCode = (id: string) => call(api.POST('/api/v1/institutions/{inst}/invitations/{id}/code', { params: { path: { inst: session.inst, id } } }))

/** How an invitation stands, seen from both sides: `lapsed`: nobody accepted it in time; `left`: the other side has ended
 * the tie in its own ledger. */
export type Standing = 'sent' | 'lapsed' | 'tied' | 'left' | 'declined' | 'ended' | 'withdrawn'
/** @param ties undefined: not known yet */
export function standingOf(r: RecordRow, ties: Tie[] | undefined, today: string): Standing {
  if (r.state === 'sent') return today && String(r.fields.expires_on) < today ? 'lapsed' : 'sent'
  if (r.state === 'accepted') return !ties || ties.some((x) => x.invitation === r.id) ? 'tied' : 'left'
  return r.state === 'declined' || r.state === 'withdrawn' ? r.state : 'ended'
}

/* --- what waits ------------------------------------------------------------------------------------------------- */

export interface Change {
  field: string
  from?: unknown
  to?: unknown
}
/** Something of another institution that waits to become the own record. */
export interface Waiting {
  what: 'answer' | 'offer'
  id: string
  version: number
  institution: { id: string; code: string; name: string }
  /** kind of the record that it changes or becomes */
  kind: string
  /** the own record that it is about, as it was shown; null: it becomes a new one */
  about: { kind: string; id: string; name: string; version: number } | null
  /** by which the own record moves; null: fields alone change */
  transition: string | null
  changes: Change[]
  /** fields that are left to the institution: which of its own records is meant */
  choose: string[]
  /** of an offer, as the other side calls it */
  name: string
  evidence: { name: string }[]
  due: string | null
}

function ofAnswer(a: Answer): Waiting {
  return {
    what: 'answer',
    id: a.answer,
    version: a.version,
    institution: a.institution,
    kind: a.about.kind,
    about: a.about,
    transition: a.moves ? a.transition : null,
    changes: a.changes,
    choose: [],
    name: a.about.name,
    evidence: a.evidence,
    due: null,
  }
}
function ofOffer(o: Offer): Waiting {
  return {
    what: 'offer',
    id: o.offer,
    version: o.version,
    institution: o.institution,
    kind: o.kind,
    about: o.about,
    transition: o.transition,
    changes: o.changes,
    choose: o.choose,
    name: o.name,
    evidence: o.evidence,
    due: o.due_on,
  }
}
/** What has a day stands first. */
const byDay = (a: Waiting, b: Waiting) => (a.due ?? '9').localeCompare(b.due ?? '9')

export function useWaiting(enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'waiting', session.lang]),
    queryFn: async (): Promise<{ items: Waiting[]; more: boolean }> => {
      const params = { ...path(), query: { limit: MOST } }
      const [answers, offers] = await Promise.all([call(api.GET('/api/v1/institutions/{inst}/answers', { params })), call(api.GET('/api/v1/institutions/{inst}/offers/waiting', { params }))])
      return { items: [...answers.items.map(ofAnswer), ...offers.items.map(ofOffer)].sort(byDay), more: answers.more || offers.more }
    },
    enabled: computed(() => session.inst !== '' && toValue(enabled)),
    ...OFTEN,
  })
}

const one = (w: Waiting) => ({ path: { inst: session.inst, party: w.institution.id, id: w.id } })
/** An offer with what would be chosen: it may be about another of the own records then. */
export const look = async (w: Waiting, chosen: Fields): Promise<Waiting> => ofOffer(await call(api.POST('/api/v1/institutions/{inst}/offers/{party}/{id}/look', { params: one(w), body: { fields: chosen } })))
/** Nothing is changed but what was shown.
 * @param chosen of an offer: the fields that are left to the institution */
export function take(w: Waiting, chosen: Fields = {}) {
  const shown = { version: w.version, about: w.about && { id: w.about.id, version: w.about.version } }
  if (w.what === 'offer') return call(api.POST('/api/v1/institutions/{inst}/offers/{party}/{id}/accept', { params: one(w), body: { ...shown, ...(Object.keys(chosen).length ? { fields: chosen } : {}) } }))
  return call(api.POST('/api/v1/institutions/{inst}/answers/{party}/{id}/accept', { params: one(w), body: shown }))
}
export function decline(w: Waiting, reason: string) {
  const body = { version: w.version, reason }
  if (w.what === 'offer') return call(api.POST('/api/v1/institutions/{inst}/offers/{party}/{id}/decline', { params: one(w), body }))
  return call(api.POST('/api/v1/institutions/{inst}/answers/{party}/{id}/decline', { params: one(w), body }))
}
