// SPDX-License-Identifier: Apache-2.0
// From a requirement that is not met to the forms that can change it: the kinds its rule reads (the server tells),
// those first that name the subject. The form opens with all filled in that is known: the subject, what the subject
// itself names, what lies between the two, and what the requirement's own settings ask for.
import { type RouteLocationRaw, useRouter } from 'vue-router'
import { useKinds, useRequirements, type Kind, type Requirement } from '@/lib/catalog'
import { fetchRecord, fetchRecords } from '@/lib/queries'

type Given = Record<string, string>

export interface WayOut {
  kind: Kind
  /** a new record that leads to the subject, or the subject itself to be completed */
  what: 'new' | 'subject'
  to: RouteLocationRaw
  /** what the form opens with, as far as it is known without reading anything */
  given: Given
  /** the record between the new one and the subject: the new one's `field` names a record of `kind`, which names in
   *  its `by` the subject, or what the subject's `via` names */
  between?: { field: string; kind: string; by: string; list: boolean; via: string | undefined }
}

/** Kinds that are entered once and only looked up by rules: never the way out. */
const BACKGROUND = new Set(['person', 'role', 'calendar', 'setting', 'institution', 'evidence', 'membership', 'delegation'])
const MOST = 6

/** A kind whose states stand in stages is a journey of its own: not entered because something else misses it. */
const isJourney = (k: Kind) => k.states.some((s) => s.stage)

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

export function useWaysOut(): (requirement: string, subjectKind: string, subjectId: string) => WayOut[] {
  const { byName } = useKinds()
  const { byId } = useRequirements()
  return (id, subjectKind, subjectId) => {
    const requirement = byId.value.get(id)
    const reads = requirement?.reads ?? []
    const subject = byName.value.get(subjectKind)
    const known = reads.flatMap((name) => {
      const kind = byName.value.get(name)
      return kind && !BACKGROUND.has(name) && name !== subjectKind && kind.scope !== 'installation' ? [kind] : []
    })
    const make = (kind: Kind, given: Given, between?: WayOut['between']): WayOut => {
      const query = { ...asked(requirement!, kind), ...given }
      return { kind, what: 'new', given: query, to: { name: 'record-new', params: { kind: kind.kind }, query }, ...(between ? { between } : {}) }
    }
    const names = (kind: Kind, to: string) => kind.fields.filter((f) => f.type === 'ref' && f.to === to).sort((a, b) => Number(b.required) - Number(a.required))[0]

    /** What the subject names, one of each; and what journeys stand on, which is not entered in passing. */
    const alone = (subject?.fields ?? []).filter((s) => s.type === 'ref' && !s.list && s.to !== subjectKind && !BACKGROUND.has(s.to ?? ''))
    const foundations = new Set([...byName.value.values()].filter(isJourney).flatMap((k) => k.fields.flatMap((f) => (f.type === 'ref' && f.to ? [f.to] : []))))
    const direct: WayOut[] = []
    const through: WayOut[] = []
    const loose: WayOut[] = []
    for (const kind of known) {
      if (isJourney(kind)) continue
      const field = names(kind, subjectKind)
      if (field) {
        direct.push(make(kind, { [field.name]: subjectId }))
        continue
      }
      // review_opinion -> review_round -> the plan; plan_section -> the plan that the deployment names
      // access_revocation -> access_grant -> the deployment <- the exit that leaves it
      const hops = kind.fields.flatMap((f) => {
        const middle = f.type === 'ref' && f.to && !BACKGROUND.has(f.to) ? byName.value.get(f.to) : undefined
        if (!middle || middle.kind === kind.kind || middle.kind === subjectKind || isJourney(middle)) return []
        const own = names(middle, subjectKind)
        const via = own ? undefined : alone.find((s) => names(middle, s.to ?? '')?.required)
        const by = own ?? (via && names(middle, via.to ?? ''))
        return by ? [{ field: f.name, kind: middle.kind, by: by.name, list: !!by.list, via: via?.name, required: f.required }] : []
      })
      const rank = (h: (typeof hops)[number]) => Number(h.required) * 2 + Number(!h.via)
      const between = hops.sort((a, b) => rank(b) - rank(a))[0]
      const shared = kind.fields.some((f) => f.type === 'ref' && alone.some((s) => s.to === f.to))
      if (between) through.push(make(kind, {}, { field: between.field, kind: between.kind, by: between.by, list: between.list, via: between.via }))
      else if (shared) through.push(make(kind, {}))
      else if (!foundations.has(kind.kind)) loose.push(make(kind, {}))
    }
    const ways = [...direct, ...through]
    if (subject && reads.includes(subjectKind) && subject.kind !== 'institution') {
      const own: WayOut = {
        kind: subject,
        what: 'subject',
        given: {},
        to: { name: 'record-edit', params: { kind: subjectKind, id: subjectId } },
      }
      ways.splice(Math.min(ways.length, MOST - 1), 0, own)
    }
    if (!direct.length && !through.length) ways.unshift(...loose.slice(0, MOST - 1))
    return ways.slice(0, MOST)
  }
}

/** Read what is still to be filled in. What cannot be read is left for the person. */
async function complete(way: WayOut, subjectKind: Kind | undefined, subjectId: string): Promise<Given> {
  const given: Given = {}
  try {
    if (!subjectKind) return given
    const { record } = await fetchRecord(subjectKind.kind, subjectId)
    const b = way.between
    const end = b?.via ? record.fields[b.via] : subjectId
    if (b && typeof end === 'string') {
      const got = await fetchRecords(b.kind, { filter: [`${b.by}:${b.list ? 'has' : 'eq'}:${end}`, 'state:ne:withdrawn'], limit: 2 })
      if (got.items.length === 1) given[b.field] = got.items[0]!.id
    }
    for (const f of way.kind.fields) {
      if (f.type !== 'ref' || f.list || f.to === way.kind.kind || BACKGROUND.has(f.to ?? '') || way.given[f.name] || given[f.name]) continue
      const same = subjectKind.fields.filter((s) => s.type === 'ref' && !s.list && s.to === f.to && typeof record.fields[s.name] === 'string')
      if (same.length === 1) given[f.name] = String(record.fields[same[0]!.name])
    }
  } catch {
    /* the form opens all the same */
  }
  return given
}

/** Go there, coming back to `back` (or to where one is) when it is saved. */
export function useGoOut(): (way: WayOut, subjectKind: string, subjectId: string, back?: string) => Promise<void> {
  const router = useRouter()
  const { byName } = useKinds()
  return async (way, subjectKind, subjectId, back) => {
    const here = back ?? router.currentRoute.value.fullPath
    const given = way.what === 'new' ? { ...(await complete(way, byName.value.get(subjectKind), subjectId)), ...way.given } : {}
    const params = way.what === 'new' ? { kind: way.kind.kind } : { kind: way.kind.kind, id: subjectId }
    await router.push({ name: way.what === 'new' ? 'record-new' : 'record-edit', params, query: { ...given, back: here } })
  }
}
