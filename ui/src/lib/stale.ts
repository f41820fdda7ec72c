// SPDX-License-Identifier: Apache-2.0
// Which of what was read may be other by now, after an event of the feed? Told by the key of a query,
// ['inst', institution, the day looked at or '', name, ...]. A name that is not known here reads anything.
import type { QueryClient, QueryFilters } from '@tanstack/vue-query'
import type { Kind } from '@/lib/catalog'

/** Data of an event `commit`: src/api/feed_api.c. */
export interface News {
  /** verdicts, or what stands beside them, are read differently */
  judgement: boolean
  /** those who act, or who stands in for whom, were changed */
  people: boolean
  /** by kind the ids of records that were changed, null: many; null for all: anything may have changed */
  kinds: Record<string, string[] | null> | null
}

/** Two events told as one. */
export function gather(a: News | undefined, b: News): News {
  if (!a) return b
  const judgement = a.judgement || b.judgement
  const people = a.people || b.people
  if (!a.kinds || !b.kinds) return { judgement, people, kinds: null }
  const kinds = { ...a.kinds }
  for (const [kind, ids] of Object.entries(b.kinds)) {
    const had = kinds[kind]
    kinds[kind] = had === undefined ? ids : had && ids ? [...new Set([...had, ...ids])] : null
  }
  return { judgement, people, kinds }
}

/** What an event says that cannot be understood. */
export const ANYTHING: News = { judgement: true, people: true, kinds: null }

export function newsOf(text: string): News {
  try {
    const n = JSON.parse(text) as Partial<News>
    return typeof n.judgement === 'boolean' && typeof n.people === 'boolean' && typeof n.kinds === 'object'
      ? { judgement: n.judgement, people: n.people, kinds: n.kinds ?? null }
      : ANYTHING
  } catch {
    return ANYTHING
  }
}

/** Does the first say all that the second says? */
export function covers(a: News, b: News): boolean {
  if (!a.kinds) return true
  if (!b.kinds || (b.judgement && !a.judgement) || (b.people && !a.people)) return false
  return Object.entries(b.kinds).every(([kind, ids]) => {
    const had = a.kinds![kind]
    return had === null || (had !== undefined && ids !== null && ids.every((id) => had.includes(id)))
  })
}

/** Does it name one of the records? */
export function names(data: unknown, ids: Set<string>): boolean {
  if (typeof data === 'string') return ids.has(data)
  if (typeof data !== 'object' || data === null) return false
  if (data instanceof Map) return [...data].some(([k, v]) => names(k, ids) || names(v, ids))
  for (const x of Array.isArray(data) ? data : Object.values(data)) if (names(x, ids)) return true
  return false
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/* Records of one kind: the kind stands behind the name, or is always the same. */
const OF_A_KIND = new Set(['records', 'table', 'counts'])
const OF_THIS_KIND: Record<string, string> = {
  evidence: 'evidence',
  attached: 'evidence',
  digests: 'evidence',
  'newest-plan': 'security_plan',
}
/* One record: kind and id, or its key. */
const OF_A_RECORD = new Set(['record', 'history'])
/* Made of verdicts; they name the records that they are about and that prove them. */
const OF_VERDICTS = new Set(['verdicts', 'unit-verdicts', 'verdicts-with-proof', 'requirement', 'standing'])
/* Made of verdicts, and naming nothing. */
const OF_COUNTS = new Set(['trend', 'book', 'requirement-trend'])
/* Not in the ledger: the feed tells of them otherwise. */
const OF_JOBS = new Set(['jobs', 'job', 'inbox'])

/* Made of records of several kinds, and of no verdict. */
const OF_RECORDS = new Set(['ties', 'plan-changes'])

/** @param data  what was read, undefined: nothing yet; @param kinds  of the packs */
export function isStale(key: readonly unknown[], data: unknown, news: News, kinds: readonly Kind[]): boolean {
  if (!news.kinds) return true
  const at = /^(\d{4}-.*)?$/.test(String(key[2])) ? 3 : 2 // some keys have no day
  const name = String(key[at])
  const rest = key.slice(at + 1)
  const changed = news.kinds
  if (OF_JOBS.has(name)) return false
  if (OF_A_KIND.has(name)) return String(rest[0]) in changed
  if (name in OF_THIS_KIND) return OF_THIS_KIND[name]! in changed
  if (OF_A_RECORD.has(name)) {
    const ids = changed[String(rest[0])]
    return ids === null || (ids !== undefined && (ids.includes(String(rest[1])) || !UUID.test(String(rest[1]))))
  }
  if (name === 'may') {
    // the acting person, the kind, the record or '': what one may do follows from one's roles and from the record alone
    const ids = changed[String(rest[1])]
    return news.people || (!!rest[2] && (ids === null || !!ids?.includes(String(rest[2]))))
  }
  if (name === 'referrers') {
    const to = String(rest[0])
    return Object.keys(changed).some((k) => kinds.find((x) => x.kind === k)?.fields.some((f) => f.to === to || !!f.kind_from) ?? true)
  }
  if (OF_RECORDS.has(name)) return Object.keys(changed).length > 0
  if (OF_COUNTS.has(name)) return news.judgement
  if (OF_VERDICTS.has(name)) {
    if (news.judgement) return true
    const lists = Object.values(changed)
    return lists.some((l) => l === null) || names(data, new Set(lists.flatMap((l) => l ?? [])))
  }
  return true
}

/** Read again what fits. A first read that is under way is not begun anew by that, and may have been answered from
 * before the change: it is read again when it has landed. */
export function readAnew(client: QueryClient, filters: QueryFilters): Promise<void> {
  for (const q of client.getQueryCache().findAll({ ...filters, fetchStatus: 'fetching' })) {
    if (q.state.data !== undefined) continue
    const again = () => void client.invalidateQueries({ queryKey: q.queryKey, exact: true })
    q.promise?.then(again, () => undefined)
  }
  return client.invalidateQueries(filters)
}
