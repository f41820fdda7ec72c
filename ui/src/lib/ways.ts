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
  /** a new record that leads to the subject or is about what the verdict names; the subject itself, a record that the
   *  verdict names, or one that the subject names, to be completed */
  what: 'new' | 'subject' | 'proof' | 'named'
  /** of the record to be completed; '' of a new one, and of one that the subject names in its `field` */
  id: string
  field?: string
  /** a record to be completed is looked at first: it is moved on rather than written on */
  look: boolean
  /** what people call it, where it is not the subject; of a new one, what it is about */
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
    const choices = kind.fields.filter((f) => f.type === 'choice')
    const called = choices.filter((f) => stem(f.name) === stem(name))
    // Called otherwise, but a word that is an option of one field alone.
    const having = choices.filter((f) => wanted.length === 1 && wanted[0]!.length > 5 && f.options?.some((o) => o.id === wanted[0]))
    for (const f of called.length ? called : having.length === 1 ? having : []) {
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

/** How much of the label stands in the text in one piece, from 0 to 1. */
function partOf(label: string, text: string): number {
  for (let n = label.length; n > 2; n--) for (let at = 0; at + n <= label.length; at++) if (text.includes(label.slice(at, at + n))) return n / label.length
  return 0
}

/** What of the packs a reason speaks of, 1: by its label, less: by most of it. Only Chinese is looked at: its labels stand
 *  in a sentence as they are. */
/** What is required is there. */
const mayLack = (f: KindField) => !f.required

function mentioned(reads: Kind[], miss: Missing): (label: Both | null | undefined) => number {
  // What stands in quotation marks are names of records.
  const text = (miss.reason?.zh ?? '').replace(/“[^”]*”/g, '\u0000')
  const labels = [...reads.map((k) => k.label?.zh ?? ''), ...reads.flatMap((k) => k.fields.filter(mayLack).map((f) => f.label?.zh ?? '')).filter((l) => l.length > 1)]
  const said = spokenOf(text, labels)
  return (label) => {
    if (!label?.zh) return 0
    if (said.has(label.zh)) return 1
    const part = partOf(label.zh, text)
    return part >= 0.6 ? part / 2 : 0
  }
}

/** The forms that can change it, the likeliest first. @param of the record that is to be moved, where that is known */
export function waysOut(kinds: Map<string, Kind>, requirement: Requirement | undefined, miss: Missing, of?: { kind: string; id: string }): Way[] {
  if (!requirement) return []
  const subjectKind = miss.subject.kind
  const subjectId = miss.subject.id ?? ''
  const subject = kinds.get(subjectKind)
  const make = (kind: Kind, given: Given, between?: Way['between'], name = ''): Way => ({
    kind, what: 'new', id: '', look: false, name, given: { ...asked(requirement, kind), ...given }, ...(between ? { between } : {}),
  })
  if (!subjectId) {
    // There is none at all: that is what is entered, for the record that is to be moved.
    const field = subject && of && refTo(subject, of.kind)
    const moved = of && kinds.get(of.kind)
    const ways = subject ? [make(subject, field ? { [field.name]: of.id } : {})] : []
    // There may be one that the record to be moved does not name yet.
    if (moved && subject && refTo(moved, subjectKind)) ways.push({ kind: moved, what: 'subject', id: of.id, look: false, name: '', given: {} })
    return ways
  }
  const reads = requirement.reads ?? []
  const known = reads.flatMap((name) => {
    const kind = kinds.get(name)
    return kind && !BACKGROUND.has(name) && name !== subjectKind && kind.scope !== 'installation' ? [kind] : []
  })
  const says = mentioned([...known, ...(subject ? [subject] : [])], miss)

  /** What the subject names, one of each; and what journeys stand on, which is not entered in passing. */
  const alone = (subject?.fields ?? []).filter((s) => s.type === 'ref' && !s.list && s.to !== subjectKind && !BACKGROUND.has(s.to ?? ''))
  const foundations = new Set([...kinds.values()].filter(isJourney).flatMap((k) => k.fields.flatMap((f) => (f.type === 'ref' && f.to ? [f.to] : []))))
  /** What the subject may name and the rule looks at: it may name none yet. */
  const lacked = new Set(alone.filter((s) => !s.required && !isJourney(kinds.get(s.to ?? '') ?? subject!)).map((s) => s.to))
  interface Ranked {
    way: Way
    rank: number
  }
  const ranked: Ranked[] = []
  const loose: Ranked[] = []
  for (const kind of known) {
    if (isJourney(kind)) continue
    // What the settings ask of it, or the reason says, is more than that the rule reads it.
    const settled = Object.keys(asked(requirement, kind)).some((name) => !known.some((k) => k !== kind && name in asked(requirement, k)))
    const spoken = 4 * says(kind.label) + (settled ? 3 : 0) - (foundations.has(kind.kind) ? 1 : 0)
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
    else if (lacked.has(kind.kind)) ranked.push({ way: make(kind, {}), rank: 1.1 + 4 * says(kind.label) })
    else if (!foundations.has(kind.kind) || says(kind.label) === 1) loose.push({ way: make(kind, {}), rank: spoken })
  }
  if (!ranked.length) ranked.push(...loose)
  else ranked.push(...loose.filter((l) => l.rank > 0)) // the reason speaks of it, so it is no background

  /** Of what the verdict names, its own words may name fields: then those are what is missing. */
  const speaks = (k: Kind | undefined) => (k?.fields ?? []).some((f) => mayLack(f) && (f.label?.zh?.length ?? 0) > 1 && says(f.label) === 1)
  const existing = (kind: Kind, what: 'subject' | 'proof' | 'named', id: string, name: string): Way => ({
    kind, what, id, name, given: {}, look: isJourney(kind) || (!speaks(kind) && kind.transitions.some((x) => x.id !== 'withdraw')),
  })
  const proofs = (miss.proof ?? []).filter((p, i, all) => p.id && p.id !== subjectId && !p.erased && all.findIndex((q) => q.id === p.id) === i)
  for (const p of proofs.slice(0, PROOFS)) {
    const kind = kinds.get(p.kind)
    if (!kind || BACKGROUND.has(p.kind) || kind.scope === 'installation') continue
    // What is about it and stands in no proof may be what is missing: the clearing of a medium, the end of an access.
    for (const about of known) {
      const field = about.kind !== p.kind && !isJourney(about) ? refTo(about, p.kind) : undefined
      if (!field?.required || foundations.has(p.kind) || isJourney(kind) || proofs.some((q) => q.kind === about.kind)) continue
      const plain = ranked.findIndex((r) => r.way.kind === about && !r.way.name && !Object.keys(r.way.given).includes(field.name))
      const rank = (plain >= 0 ? ranked.splice(plain, 1)[0]!.rank : 1) + 5
      ranked.push({ way: make(about, { [field.name]: p.id! }, undefined, p.name), rank })
    }
    ranked.push({ way: existing(kind, 'proof', p.id!, p.name), rank: (foundations.has(p.kind) ? 3.5 : 4.5) + says(kind.label) + (speaks(kind) ? 1 : 0) })
  }
  for (const s of alone) {
    const kind = kinds.get(s.to ?? '')
    if (kind && s.required && known.includes(kind) && speaks(kind) && !proofs.some((p) => p.kind === kind.kind))
      ranked.push({ way: { ...existing(kind, 'named', '', ''), look: false, field: s.name }, rank: 5 })
  }
  if (subject && reads.includes(subjectKind)) ranked.push({ way: existing(subject, 'subject', subjectId, ''), rank: speaks(subject) ? 4.5 : known.some((k) => lacked.has(k.kind)) && !proofs.length ? 2 : 0.5 })
  return ranked
    .map((r, i) => ({ ...r, i }))
    .sort((a, b) => b.rank - a.rank || a.i - b.i)
    .slice(0, MOST)
    .map((r) => r.way)
}

/** What is still to be read for the form of a new record: `read` gives a record's fields, `find` the ids of at most two
 *  records that fit. What cannot be told is left for the person. */
export async function complete(
  kinds: Map<string, Kind>,
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
  /** What alone names the subject: the one platform of a provider. */
  const only = async (to: string): Promise<string | undefined> => {
    const kind = kinds.get(to)
    const by = kind && !isJourney(kind) ? refTo(kind, subject.kind.kind) : undefined
    const got = by?.required ? await find(to, [`${by.name}:${by.list ? 'has' : 'eq'}:${subject.id}`, 'state:ne:withdrawn']) : []
    return got.length === 1 ? got[0] : undefined
  }
  for (const f of way.kind.fields) {
    if (f.type !== 'ref' || f.to === way.kind.kind || BACKGROUND.has(f.to ?? '') || way.given[f.name] || given[f.name]) continue
    if (f.list && way.kind.fields.some((g) => g.type === 'ref' && !g.list && g.to === f.to)) continue // that one says it
    const same = subject.kind.fields.filter((s) => s.type === 'ref' && !s.list && s.to === f.to && typeof fields[s.name] === 'string')
    const id = same.length === 1 ? String(fields[same[0]!.name]) : same.length === 0 ? await only(f.to ?? '') : undefined
    if (id) given[f.name] = id
  }
  return given
}
