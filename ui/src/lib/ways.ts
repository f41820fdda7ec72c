// SPDX-License-Identifier: Apache-2.0
// From what is missing to the forms that can change it, worked out from what the packs declare and what the verdict
// says: the records that it names as they stand, the kinds that its rule reads, and which of these its reason speaks of.
// Knows no requirement and no kind by name but those that every institution enters once.
import type { Kind, KindField, Requirement } from '@/lib/catalog'
import type { RecordRef } from '@/lib/queries'

export type Given = Record<string, string>
type Both = { zh: string | null; en: string | null }

export interface Way {
  kind: Kind
  /** a new record that leads to the subject, the subject itself, or a record that the verdict names, to be completed */
  what: 'new' | 'subject' | 'proof'
  /** of the record to be completed; '' of a new one */
  id: string
  /** what people call it, where it is not the subject */
  name: string
  /** what the form of a new one opens with, as far as it is known without reading anything */
  given: Given
  /** the record between the new one and the subject: the new one's `field` names a record of `kind`, which names in
   *  its `by` the subject, or what the subject's `via` names */
  between?: { field: string; kind: string; by: string; list: boolean; via: string | undefined }
}

/** What is missing, as a gate or a verdict tells it. */
export interface Missing {
  subject: RecordRef
  reason?: Both | null | undefined
  proof?: RecordRef[] | undefined
}

/** Kinds that are entered once and only looked up by rules: never the way out. */
export const BACKGROUND = new Set(['person', 'role', 'calendar', 'setting', 'institution', 'evidence', 'membership', 'delegation'])
const MOST = 6
const PROOFS = 2

/** A kind whose states stand in stages is a journey of its own: not entered because something else misses it. */
export const isJourney = (k: Kind) => k.states.some((s) => s.stage)

/** Choices that the requirement's settings name: "topic: exit" fills in the form's topic. */
export function asked(requirement: Requirement, kind: Kind): Given {
  const given: Given = {}
  for (const [name, value] of Object.entries(requirement.with ?? {})) {
    const wanted = String(value).split(' ')
    const stem = (s: string) => s.replace(/ies$/, 'y').replace(/s$/, '')
    for (const f of kind.fields) {
      if (f.type !== 'choice' || stem(f.name) !== stem(name)) continue
      const fits = wanted.filter((w) => f.options?.some((o) => o.id === w))
      if (!fits.length || fits.length < wanted.length) continue
      if (f.list) given[f.name] = fits.join(',')
      else if (fits.length === 1) given[f.name] = fits[0]!
    }
  }
  return given
}

const refTo = (kind: Kind, to: string): KindField | undefined =>
  kind.fields.filter((f) => f.type === 'ref' && f.to === to).sort((a, b) => Number(b.required) - Number(a.required))[0]

/** Which labels a text speaks of. A label inside a longer one that is spoken of is not. */
export function spokenOf(text: string, labels: Iterable<string>): Set<string> {
  const found = new Set<string>()
  let left = text
  for (const label of [...new Set(labels)].filter(Boolean).sort((a, b) => b.length - a.length)) {
    if (!left.includes(label)) continue
    found.add(label)
    left = left.split(label).join('\u0000')
  }
  return found
}

/** What of the packs a reason speaks of. Only Chinese is looked at: its labels stand in a sentence as they are. */
function mentioned(kinds: Map<string, Kind>, reads: Kind[], miss: Missing): (label: Both | null | undefined) => boolean {
  // What stands in quotation marks are names of records.
  const text = (miss.reason?.zh ?? '').replace(/“[^”]*”/g, '\u0000')
  const labels = [...reads.map((k) => k.label?.zh ?? ''), ...reads.flatMap((k) => k.fields.map((f) => f.label?.zh ?? '')).filter((l) => l.length > 1)]
  const said = spokenOf(text, labels)
  return (label) => !!label?.zh && said.has(label.zh)
}

/** The forms that can change it, the likeliest first. @param of the record that is to be moved, where that is known */
export function waysOut(kinds: Map<string, Kind>, requirement: Requirement | undefined, miss: Missing, of?: { kind: string; id: string }): Way[] {
  if (!requirement) return []
  const subjectKind = miss.subject.kind
  const subjectId = miss.subject.id ?? ''
  const subject = kinds.get(subjectKind)
  const make = (kind: Kind, given: Given, between?: Way['between']): Way => ({
    kind, what: 'new', id: '', name: '', given: { ...asked(requirement, kind), ...given }, ...(between ? { between } : {}),
  })
  if (!subjectId) {
    // There is none at all: that is what is entered, for the record that is to be moved.
    const field = subject && of && refTo(subject, of.kind)
    return subject ? [make(subject, field ? { [field.name]: of.id } : {})] : []
  }
  const reads = requirement.reads ?? []
  const known = reads.flatMap((name) => {
    const kind = kinds.get(name)
    return kind && !BACKGROUND.has(name) && name !== subjectKind && kind.scope !== 'installation' ? [kind] : []
  })
  const says = mentioned(kinds, [...known, ...(subject ? [subject] : [])], miss)

  /** What the subject names, one of each; and what journeys stand on, which is not entered in passing. */
  const alone = (subject?.fields ?? []).filter((s) => s.type === 'ref' && !s.list && s.to !== subjectKind && !BACKGROUND.has(s.to ?? ''))
  const foundations = new Set([...kinds.values()].filter(isJourney).flatMap((k) => k.fields.flatMap((f) => (f.type === 'ref' && f.to ? [f.to] : []))))
  interface Ranked {
    way: Way
    rank: number
  }
  const ranked: Ranked[] = []
  const loose: Ranked[] = []
  for (const kind of known) {
    if (isJourney(kind)) continue
    const spoken = says(kind.label) ? 4 : 0
    const field = refTo(kind, subjectKind)
    if (field) {
      ranked.push({ way: make(kind, { [field.name]: subjectId }), rank: spoken + 2 })
      continue
    }
    // review_opinion -> review_round -> the plan; plan_section -> the plan that the deployment names
    // access_revocation -> access_grant -> the deployment <- the exit that leaves it
    const hops = kind.fields.flatMap((f) => {
      const middle = f.type === 'ref' && f.to && !BACKGROUND.has(f.to) ? kinds.get(f.to) : undefined
      if (!middle || middle.kind === kind.kind || middle.kind === subjectKind || isJourney(middle)) return []
      const own = refTo(middle, subjectKind)
      const via = own ? undefined : alone.find((s) => refTo(middle, s.to ?? '')?.required)
      const by = own ?? (via && refTo(middle, via.to ?? ''))
      return by ? [{ field: f.name, kind: middle.kind, by: by.name, list: !!by.list, via: via?.name, required: f.required }] : []
    })
    const weight = (h: (typeof hops)[number]) => Number(h.required) * 2 + Number(!h.via)
    const between = hops.sort((a, b) => weight(b) - weight(a))[0]
    const shared = kind.fields.some((f) => f.type === 'ref' && alone.some((s) => s.to === f.to))
    if (between) ranked.push({ way: make(kind, {}, { field: between.field, kind: between.kind, by: between.by, list: between.list, via: between.via }), rank: spoken + 1 })
    else if (shared) ranked.push({ way: make(kind, {}), rank: spoken + 1 })
    else if (!foundations.has(kind.kind)) loose.push({ way: make(kind, {}), rank: spoken })
  }
  if (!ranked.length) ranked.push(...loose)
  else ranked.push(...loose.filter((l) => l.rank > 0)) // the reason speaks of it, so it is no background

  /** Of what the verdict names, its own words may name fields: then those are what is missing. */
  const speaks = (k: Kind | undefined) => (k?.fields ?? []).some((f) => says(f.label))
  const proofs = (miss.proof ?? []).filter((p, i, all) => p.id && p.id !== subjectId && !p.erased && all.findIndex((q) => q.id === p.id) === i)
  for (const p of proofs.slice(0, PROOFS)) {
    const kind = kinds.get(p.kind)
    if (!kind || BACKGROUND.has(p.kind) || kind.scope === 'installation') continue
    ranked.push({ way: { kind, what: 'proof', id: p.id!, name: p.name, given: {} }, rank: 5 + (says(kind.label) ? 1 : 0) + (speaks(kind) ? 1 : 0) })
  }
  if (subject && reads.includes(subjectKind)) ranked.push({ way: { kind: subject, what: 'subject', id: subjectId, name: '', given: {} }, rank: speaks(subject) ? 3 : 0.5 })
  return ranked
    .map((r, i) => ({ ...r, i }))
    .sort((a, b) => b.rank - a.rank || a.i - b.i)
    .slice(0, MOST)
    .map((r) => r.way)
}

/** What is still to be read for the form of a new record: `read` gives a record's fields, `find` the ids of at most two
 *  records that fit. What cannot be told is left for the person. */
export async function complete(
  way: Way,
  subject: { kind: Kind; id: string },
  read: (kind: string, id: string) => Promise<Record<string, unknown>>,
  find: (kind: string, filter: string[]) => Promise<string[]>,
): Promise<Given> {
  const given: Given = {}
  const fields = await read(subject.kind.kind, subject.id)
  const b = way.between
  const end = b?.via ? fields[b.via] : subject.id
  if (b && typeof end === 'string') {
    const got = await find(b.kind, [`${b.by}:${b.list ? 'has' : 'eq'}:${end}`, 'state:ne:withdrawn'])
    if (got.length === 1) given[b.field] = got[0]!
  }
  for (const f of way.kind.fields) {
    if (f.type !== 'ref' || f.list || f.to === way.kind.kind || BACKGROUND.has(f.to ?? '') || way.given[f.name] || given[f.name]) continue
    const same = subject.kind.fields.filter((s) => s.type === 'ref' && !s.list && s.to === f.to && typeof fields[s.name] === 'string')
    if (same.length === 1) given[f.name] = String(fields[same[0]!.name])
  }
  return given
}
