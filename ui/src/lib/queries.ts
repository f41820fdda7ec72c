// SPDX-License-Identifier: Apache-2.0
// Reading from the institution in view. Every key begins with ['inst', id]; when the institution's ledger grows the
// live feed tells which of it is stale (lib/feed.ts, lib/stale.ts); so what others change appears without reloading.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { answer, api, call, type Schemas } from '@/api/client'
import type { operations } from '@/generated/api'
import type { Kind } from '@/lib/catalog'
import { live } from '@/lib/feed'
import { knowName } from '@/lib/names'
import { takeWritten, wrote } from '@/lib/own'
import { session } from '@/lib/session'
import { isStale, readAnew } from '@/lib/stale'

export type Fields = Record<string, unknown>
export interface RecordRow {
  id: string
  kind: string
  state: string
  version: number
  seq: number
  time: string
  by: string
  for: string | null
  name: string
  op: string
  erased?: boolean
  fields: Fields
}
export type Verdict = Schemas['Verdict']
export type Verdicts = Schemas['Verdicts']
export type Miss = Schemas['Miss']
export type RecordRef = Schemas['RecordRef']
type Query<K extends keyof operations> = NonNullable<operations[K]['parameters']['query']>

const asOf = () => (session.asOf ? { as_of: session.asOf } : {})
const inst = () => session.inst
const key = (...more: unknown[]) => ['inst', session.inst, session.asOf, ...more]
const ready = () => session.inst !== ''

export function useInstitutions() {
  return useQuery({ queryKey: ['institutions'], queryFn: () => call(api.GET('/api/v1/institutions')) })
}

export interface ListQuery {
  filter?: string[]
  sort?: string
  limit?: number
  after?: string
  q?: string
}
export interface RecordList {
  items: RecordRow[]
  next: string | null
  total: number
}

export async function fetchRecords(kind: string, query: ListQuery = {}): Promise<RecordList> {
  return (await call(
    api.GET('/api/v1/institutions/{inst}/records/{kind}', {
      params: { path: { inst: inst(), kind }, query: { ...query, ...asOf() } },
    }),
  )) as unknown as RecordList
}

/** All records of a kind that fit, page after page, `max` at most. */
export async function fetchAllRecords(kind: string, query: ListQuery = {}, max = 20000): Promise<RecordList> {
  const all: RecordRow[] = []
  let after: string | undefined
  let total = 0
  do {
    const page = await fetchRecords(kind, { ...query, limit: 1000, ...(after ? { after } : {}) })
    all.push(...page.items)
    total = page.total
    after = page.next ?? undefined
  } while (after && all.length < max)
  return { items: all, next: after ?? null, total }
}

export function useRecords(kind: MaybeRefOrGetter<string>, query: MaybeRefOrGetter<ListQuery> = {}, all = false) {
  return useQuery({
    queryKey: computed(() => key('records', toValue(kind), toValue(query), all)),
    queryFn: () => (all ? fetchAllRecords : fetchRecords)(toValue(kind), toValue(query)),
    enabled: computed(() => ready() && toValue(kind) !== ''),
    placeholderData: keepPreviousData,
  })
}

export interface RecordRead {
  record: RecordRow
  etag: string
}

export async function fetchRecord(kind: string, id: string): Promise<RecordRead> {
  const a = await answer(
    api.GET('/api/v1/institutions/{inst}/records/{kind}/{id}', {
      params: { path: { inst: inst(), kind, id }, query: asOf() },
    }),
  )
  return { record: a.data as unknown as RecordRow, etag: a.response.headers.get('ETag') ?? '' }
}

/** One record by id or key, with the tag of the version that was read. */
export function useRecord(kind: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => key('record', toValue(kind), toValue(id))),
    queryFn: () => fetchRecord(toValue(kind), toValue(id)),
    enabled: computed(() => ready() && toValue(id) !== ''),
  })
}

export function useHistory(kind: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => key('history', toValue(kind), toValue(id))),
    queryFn: () =>
      call(
        api.GET('/api/v1/institutions/{inst}/records/{kind}/{id}/history', {
          params: { path: { inst: inst(), kind: toValue(kind), id: toValue(id) } },
        }),
      ),
    enabled: computed(() => ready() && toValue(id) !== ''),
  })
}

/** The gates ahead of a record: every transition from its state, with what is missing. */
export function useGatesAhead(kind: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => key('gates', toValue(kind), toValue(id))),
    queryFn: () =>
      call(
        api.GET('/api/v1/institutions/{inst}/records/{kind}/{id}/gates', {
          params: { path: { inst: inst(), kind: toValue(kind), id: toValue(id) } },
        }),
      ),
    enabled: computed(() => ready() && !session.asOf && toValue(id) !== ''),
  })
}

export type VerdictQuery = Omit<Query<'get_institutions_inst_verdicts'>, 'as_of'>

export async function fetchVerdicts(query: VerdictQuery): Promise<Verdicts> {
  return call(
    api.GET('/api/v1/institutions/{inst}/verdicts', {
      params: { path: { inst: inst() }, query: { ...query, ...asOf() } },
    }),
  )
}

export function useVerdicts(query: MaybeRefOrGetter<VerdictQuery>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => key('verdicts', toValue(query))),
    queryFn: () => fetchVerdicts(toValue(query)),
    enabled: computed(() => ready() && toValue(enabled)),
    placeholderData: keepPreviousData,
  })
}

/** Totals, packs and checkpoint, without verdicts. */
export function useStatus() {
  return useQuery({
    queryKey: computed(() => key('status')),
    queryFn: () =>
      call(
        api.GET('/api/v1/institutions/{inst}/status', {
          params: { path: { inst: inst() }, query: { limit: 1, ...asOf() } },
        }),
      ),
    enabled: computed(ready),
    placeholderData: keepPreviousData,
  })
}

export function useDue(until: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: computed(() => key('due', toValue(until))),
    queryFn: () => {
      const u = toValue(until)
      return call(
        api.GET('/api/v1/institutions/{inst}/due', {
          params: { path: { inst: inst() }, query: u ? { until: u } : {} },
        }),
      )
    },
    enabled: computed(ready),
    placeholderData: keepPreviousData,
  })
}

export function useExplain(requirement: MaybeRefOrGetter<string>, subject: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => key('explain', toValue(requirement), toValue(subject))),
    queryFn: () =>
      call(
        api.GET('/api/v1/institutions/{inst}/explain', {
          params: {
            path: { inst: inst() },
            query: { requirement: toValue(requirement), subject: toValue(subject), ...asOf() },
          },
        }),
      ),
    enabled: computed(() => ready() && toValue(requirement) !== '' && toValue(subject) !== ''),
  })
}

export function useStart() {
  return useQuery({
    queryKey: computed(() => key('start')),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/start', { params: { path: { inst: inst() } } })),
    enabled: computed(ready),
  })
}

/* --- writing ------------------------------------------------------------------------------------------------ */

export interface Written {
  record: RecordRow
  etag: string
}

async function written(pending: Promise<{ data?: unknown; error?: unknown; response: Response }>): Promise<Written> {
  const at = session.inst
  const a = await answer(pending)
  const record = a.data as RecordRow
  knowName(record.id, record.name, record.kind)
  wrote(record, at)
  return { record, etag: a.response.headers.get('ETag') ?? '' }
}

export function createRecord(kind: string, fields: Fields, state?: string): Promise<Written> {
  return written(
    api.POST('/api/v1/institutions/{inst}/records/{kind}', {
      params: { path: { inst: inst(), kind } },
      body: { fields: fields as Record<string, never>, ...(state ? { state } : {}) },
    }),
  )
}

/** @param etag of the version that was read: a change by somebody else since is answered 412. */
export function changeRecord(kind: string, id: string, fields: Fields, etag: string): Promise<Written> {
  return written(
    api.PATCH('/api/v1/institutions/{inst}/records/{kind}/{id}', {
      params: { path: { inst: inst(), kind, id }, header: { 'If-Match': etag } },
      body: { fields: fields as Record<string, never> },
    }),
  )
}

export function moveRecord(kind: string, id: string, transition: string, fields: Fields, etag?: string): Promise<Written> {
  return written(
    api.POST('/api/v1/institutions/{inst}/records/{kind}/{id}/transitions', {
      params: { path: { inst: inst(), kind, id }, ...(etag ? { header: { 'If-Match': etag } } : {}) },
      body: { transition, fields: fields as Record<string, never> },
    }),
  )
}

/** After an own change: what may be other by it is read again where it is shown; everything, if the feed would not tell of the rest. */
export function useRefresh(): () => Promise<void> {
  const client = useQueryClient()
  return () => {
    const queryKey = ['inst', session.inst]
    const kinds = client.getQueryData<{ items: Kind[] }>(['kinds'])?.items ?? []
    const news = takeWritten((name) => kinds.find((k) => k.kind === name)?.scope === 'installation')
    if (!news || !live.value) return readAnew(client, { queryKey })
    return readAnew(client, { queryKey, predicate: (q) => isStale(q.queryKey, q.state.data, news, kinds) })
  }
}
