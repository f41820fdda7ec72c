// SPDX-License-Identifier: Apache-2.0
// What other institutions address to this one, and what it answers. It rests on their ledgers, whose feeds are not ours:
// besides what the own feed tells it is read again from time to time.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { fieldOf, type Kind } from '@/lib/catalog'
import { say, type Text } from '@/lib/i18n'
import type { Fields } from '@/lib/queries'
import { session } from '@/lib/session'
import { OFTEN } from '@/lib/ties'

export type Addressed = Schemas['Addressed']
/** n, or at least n if there may be more. */
export type Figure = Schemas['Figure']
export type AddressedMay = Schemas['AddressedMay']
export type Act = AddressedMay['items'][number]
export type Invited = Schemas['InvitationSeen']
type History = Schemas['History']

const PAGE = 100
const MOST_A_PAGE = 200

const key = (...more: unknown[]) => ['inst', session.inst, ...more]
const path = () => ({ path: { inst: session.inst } })
const ready = computed(() => session.inst !== '')

/** todo: to be answered; again: the answer was declined; waiting: for the client; settled: nothing is asked any more;
 * told: for information. */
export type Stand = Addressed['stand']
/** Which of it, how it stands (open: todo or again), in which order. */
export interface Narrowed {
  client?: string
  kind?: string
  q?: string
}
export interface Asked extends Narrowed {
  stand?: Stand | 'open' | 'overdue'
  sort?: 'newest' | 'due'
}
const readPage = (asked: Asked, limit: number, after?: string) =>
  call(api.GET('/api/v1/institutions/{inst}/addressed', { params: { ...path(), query: { limit, ...asked, ...(after ? { after } : {}) } } }))

/** All of it, page by page. */
export async function readAddressed(asked: Asked): Promise<Addressed[]> {
  const items: Addressed[] = []
  let after: string | undefined
  do {
    const page = await readPage(asked, MOST_A_PAGE, after)
    items.push(...page.items)
    after = page.next ?? undefined
  } while (after)
  return items
}

export function useAddressed(asked: MaybeRefOrGetter<Asked>) {
  return useInfiniteQuery({
    queryKey: computed(() => key('addressed', session.lang, toValue(asked))),
    queryFn: ({ pageParam }) => readPage(toValue(asked), PAGE, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: ready,
    placeholderData: keepPreviousData,
    ...OFTEN,
  })
}

/** How many stand where, of which kind and whose, as far as the server counts them. */
export function useAddressedCounts(narrowed: MaybeRefOrGetter<Narrowed>) {
  return useQuery({
    queryKey: computed(() => key('addressed', 'counts', toValue(narrowed))),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/addressed/counts', { params: { ...path(), query: toValue(narrowed) } })),
    enabled: ready,
    placeholderData: keepPreviousData,
    ...OFTEN,
  })
}

export function useAddressedOne(client: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => key('addressed', session.lang, toValue(client), toValue(id))),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/addressed/{client}/{id}', { params: { path: { inst: session.inst, client: toValue(client), id: toValue(id) } } })),
    enabled: ready,
    ...OFTEN,
  })
}

/** What the acting person can do about it, and why not. */
export function useAddressedMay(client: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => key('addressed', 'may', session.person, toValue(client), toValue(id))),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/addressed/{client}/{id}/may', { params: { path: { inst: session.inst, client: toValue(client), id: toValue(id) } } })),
    enabled: ready,
    ...OFTEN,
  })
}

/* --- invitations ------------------------------------------------------------------------------------------------ */

export const lookAtCode = (code: string) => call(api.POST('/api/v1/institutions/{inst}/invitations/look', { params: path(), body: { code } }))
export const acceptCode = (code: string) => call(api.POST('/api/v1/institutions/{inst}/invitations/accept', { params: path(), body: { code } }))
export const declineCode = (code: string, reason: string) => call(api.POST('/api/v1/institutions/{inst}/invitations/decline', { params: path(), body: { code, reason } }))

/* --- one addressed record --------------------------------------------------------------------------------------- */

/** A value as the addressee gets it: of a reference the name alone. */
export function nameIn(v: unknown): string | undefined {
  if (Array.isArray(v)) return v.map((x) => nameIn(x) ?? '').join(', ')
  return v && typeof v === 'object' && 'name' in v ? String(v.name ?? '') : undefined
}

/** What it is called: its name if that is shared, else its number, else its kind. */
export function titleOf(item: Addressed, kind: Kind | undefined): string {
  const f = item.fields as Fields
  for (const name of [kind?.name_field ?? '', 'title', 'number']) {
    const v = f[name]
    if (v != null && v !== '') return nameIn(v) ?? String(v)
  }
  return say(kind?.label, item.kind)
}

/** What is awaited of it, by the server's day. */
export function awaitedOf(item: Addressed, kind: Kind | undefined): Text | null {
  return item.due ? (fieldOf(kind, item.due.awaits)?.label ?? null) : null
}

/** Is it here that something is to be done? */
export const isOpen = (item: Addressed) => item.stand === 'todo' || item.stand === 'again'

/* --- answers ---------------------------------------------------------------------------------------------------- */

/** A version of an answer that the client looked at, or will. */
export interface Round {
  version: number
  time: string
  by: string
  fields: Fields
  /** null: it waits */
  outcome: { state: string; time: string; reason: string } | null
  erased: boolean
}

/** The rounds of an answer, the newest first. What was changed before the client took it is one round. */
export function roundsOf(history: History | undefined): Round[] {
  const rounds: Round[] = []
  let fields: Fields = {}
  for (const v of [...(history?.items ?? [])].sort((a, b) => a.version - b.version)) {
    fields = { ...fields }
    for (const c of v.changes) fields[c.field] = c.to
    const last = rounds[rounds.length - 1]
    if (v.state === 'given') {
      const round: Round = { version: v.version, time: v.time, by: v.by, fields, outcome: null, erased: !!v.erased }
      if (last && !last.outcome) rounds[rounds.length - 1] = round
      else rounds.push(round)
    } else if (last) last.outcome = { state: v.state, time: v.time, reason: typeof fields.reason === 'string' ? fields.reason : '' }
  }
  return rounds.reverse()
}

/** The label of what an answer asks for. */
export function actLabel(kind: Kind | undefined, act: unknown): string {
  return say(kind?.transitions.find((x) => x.id === act)?.label, String(act ?? ''))
}

/** The fields of the kind that are shared, in the order in which they came. */
export function sharedFields(item: Addressed, kind: Kind | undefined) {
  return Object.entries(item.fields as Fields).flatMap(([name, value]) => {
    const field = fieldOf(kind, name)
    return field && value != null && name !== kind?.name_field ? [{ field, value }] : []
  })
}
