// SPDX-License-Identifier: Apache-2.0
// Agreements and the terms they must contain. Which kinds these are follows from the pack: a kind of terms refers to
// its agreement, names the term as a choice, and keeps document, page and passage.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { actingHeaders, ApiError, errorOf, unreached } from '@/api/client'
import { fieldOf, useKinds, useRequirements, type Kind, type Requirement } from '@/lib/catalog'
import { session } from '@/lib/session'

export interface TermKind {
  agreement: Kind
  terms: Kind
  /** field of a term that refers to its agreement */
  by: string
}

const PLACE = ['term', 'document', 'page', 'place', 'passage']

export function useTermKinds() {
  const { kinds, byName, query } = useKinds()
  const all = computed<TermKind[]>(() =>
    kinds.value.flatMap((k) => {
      if (!PLACE.every((f) => fieldOf(k, f)) || !fieldOf(k, 'term')?.options) return []
      const ref = k.fields.find((f) => f.type === 'ref' && f.required && k.key.includes(f.name) && byName.value.has(f.to ?? ''))
      const agreement = byName.value.get(ref?.to ?? '')
      return ref && agreement ? [{ agreement, terms: k, by: ref.name }] : []
    }),
  )
  return { all, query, of: (kind: string) => all.value.find((x) => x.agreement.kind === kind) }
}

/** The requirements that ask for each term, by the settings of their rules. */
export function useTermDemands(agreement: MaybeRefOrGetter<string>) {
  const { requirements } = useRequirements()
  return computed(() => {
    const out = new Map<string, Requirement[]>()
    for (const r of requirements.value) {
      if (r.subject !== toValue(agreement)) continue
      const given = r.with as Record<string, unknown>
      for (const name of ['term', 'also', 'terms'])
        for (const term of String(given[name] ?? '').split(' ')) if (term && term !== 'none') out.set(term, [...(out.get(term) ?? []), r])
    }
    return out
  })
}

/* --- likely passages of a document ------------------------------------------------------------------------------ */

export interface Passage {
  page: number | null
  paragraph: number
  text: string
  score: number
  matches: [number, number][]
}
export interface Likely {
  format: 'pdf' | 'docx' | 'text'
  pages: number | null
  scan: boolean
  truncated: boolean
  characters: number
  items: { id: string; passages: Passage[] }[]
}
export interface Wanted {
  id: string
  words: string[]
}

async function likely(digest: string, wanted: Wanted[], per: number): Promise<Likely> {
  let response: Response
  try {
    response = await fetch(`/api/v1/evidence/${encodeURIComponent(digest)}/passages`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Accept-Language': session.lang, ...actingHeaders() },
      body: JSON.stringify({ wanted, per }),
    })
  } catch {
    throw unreached()
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw errorOf(response.status, body)
  return body as Likely
}

export function usePassages(digest: MaybeRefOrGetter<string>, wanted: MaybeRefOrGetter<Wanted[]>, per = 3) {
  return useQuery({
    // The text of a digest never changes: what was found stays true.
    queryKey: computed(() => ['passages', toValue(digest), toValue(wanted), per]),
    queryFn: () => likely(toValue(digest), toValue(wanted), per),
    enabled: computed(() => toValue(digest) !== '' && toValue(wanted).length > 0),
    staleTime: Infinity,
    retry: (n: number, e: unknown) => n < 1 && e instanceof ApiError && (e.status === 503 || e.status === 0),
  })
}

/** The text cut where its matches begin and end, so that they can be marked without making HTML of it. */
export function pieces(p: Passage): { text: string; hit: boolean }[] {
  const characters = [...p.text]
  const out: { text: string; hit: boolean }[] = []
  let at = 0
  for (const [from, to] of [...p.matches].sort((a, b) => a[0] - b[0])) {
    if (from < at || to <= from) continue
    if (from > at) out.push({ text: characters.slice(at, from).join(''), hit: false })
    out.push({ text: characters.slice(from, to).join(''), hit: true })
    at = to
  }
  if (at < characters.length) out.push({ text: characters.slice(at).join(''), hit: false })
  return out
}

/** Where a passage stands as its own text says: an article in Chinese numbers or digits, "Article 5", "3.1". */
const PLACE_AT_START =
  /^\s*(\u7b2c\s*[0-9\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e\u96f6\u3007.]+\s*[\u6761\u7ae0\u8282\u6b3e]|(?:article|clause|section)\s+[0-9.]*[0-9]|[0-9]+(?:\.[0-9]+)+(?=[^0-9.%]))/i
export function placeIn(text: string): string {
  return (PLACE_AT_START.exec(text)?.[1] ?? '').trim().slice(0, 100)
}
