// SPDX-License-Identifier: Apache-2.0
// Agreements and the terms they must contain. Which kinds these are follows from the pack: a kind of terms refers to
// its agreement, names the term as a choice, and keeps document, page and passage.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, ApiError, call, type Schemas } from '@/api/client'
import { fieldOf, useKinds, useRequirements, type Kind, type Requirement } from '@/lib/catalog'

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

/** Where a text of an agreement was found: the fields that keep document, page and place, by the field of the text. They
 * share its name (`scope`, `scope_page`) or what stands before its last word (`period_wording`, `period_page`). */
export interface PlaceFields {
  document?: string
  page?: string
  place?: string
}
export function placeFields(kind: Kind | undefined, field: string): PlaceFields {
  for (const stem of [field, field.replace(/_[a-z]+$/, '')]) {
    const out: PlaceFields = {}
    for (const what of ['document', 'page', 'place'] as const) if (fieldOf(kind, `${stem}_${what}`)) out[what] = `${stem}_${what}`
    if (Object.keys(out).length) return out
  }
  return {}
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

export type Likely = Schemas['LikelyPassages']
export type Passage = Likely['items'][number]['passages'][number]
export interface Wanted {
  id: string
  words: string[]
}

const likely = (digest: string, wanted: Wanted[], per: number): Promise<Likely> =>
  call(api.POST('/api/v1/evidence/{digest}/passages', { params: { path: { digest } }, body: { wanted, per } }))

/** English words that stand in every passage and so speak for none. */
const COMMON = /\b(?:a|an|and|any|are|as|at|be|been|by|for|from|has|have|if|in|into|is|it|its|must|no|not|of|on|or|shall|such|that|the|their|them|they|this|those|to|was|were|what|when|which|who|will|with)\b/gi
export const telling = (text: string) => text.replace(COMMON, ' ').replace(/\s+/g, ' ').trim()

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
  for (const [from = 0, to = 0] of [...p.matches].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
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
