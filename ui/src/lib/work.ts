// SPDX-License-Identifier: Apache-2.0
// Records as work: in which states something is awaited, and what is entered next; by which day it is due is said by the
// pack (`awaits` of a kind).
// Names kinds and fields of the packs where the work is made by hand; what a pack does not have is left out.
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { fieldOf, useKinds, useRequirements, type Kind } from '@/lib/catalog'
import { clockTime, daysBetween } from '@/lib/format'
import type { Text } from '@/lib/i18n'
import { useDue, useRecords, useStatus, useVerdicts, type Fields, type RecordRow, type Verdict } from '@/lib/queries'
import { session } from '@/lib/session'

/** Most open records of a kind that a page of the work shows; a list of the kind shows the rest. */
export const MOST = 1000

/** States in which something is still to be done. A kind that is not named here is open as long as it is in force. */
const OPEN: Record<string, string[]> = {
  inspection: ['planned', 'carried_out'],
  alert: ['issued', 'handled'],
  evidence_request: ['asked', 'answered', 'refused'],
  duty_demand: ['draft', 'sent'],
  finding: ['open', 'remedied'],
  change: ['announced'],
  subcontracting: ['requested'],
  disclosure: ['requested'],
  incident: ['open', 'recovered'],
  drill: ['planned', 'held'],
}

export interface Step {
  /** in this state, or in any */
  state?: string
  /** of the kind; without it fields are entered and the state stays */
  transition?: string
  fields: string[]
  /** filled with today, if empty */
  today?: string[]
  /** filled with whoever acts, if empty */
  me?: string[]
  given?: Fields
}

const STEPS: Record<string, Step[]> = {
  inspection: [
    { state: 'planned', transition: 'carry_out', fields: ['inspected_on', 'items_checked', 'conclusion', 'led_by', 'evidence'], today: ['inspected_on'], me: ['led_by'] },
    { state: 'carried_out', transition: 'complete', fields: ['conclusion', 'confirmed_by', 'confirmed_on', 'evidence'], today: ['confirmed_on'], me: ['confirmed_by'] },
  ],
  alert: [
    { state: 'issued', fields: ['responded_on', 'response'], today: ['responded_on'] },
    { state: 'issued', transition: 'handle', fields: ['responded_on', 'response', 'handled_on', 'handling', 'assets_affected', 'assets_handled', 'handled_by', 'evidence'], today: ['handled_on'], me: ['handled_by'] },
    { state: 'handled', transition: 'close', fields: ['checked_by', 'checked_on', 'finding'], today: ['checked_on'], me: ['checked_by'] },
  ],
  evidence_request: [
    { state: 'asked', transition: 'answer', fields: ['answered_on', 'answer', 'evidence'], today: ['answered_on'] },
    { state: 'answered', transition: 'accept', fields: ['checked_by', 'checked_on', 'evidence'], today: ['checked_on'], me: ['checked_by'] },
  ],
  risk_notice: [{ fields: ['notified_on', 'answer', 'finding', 'evidence'], today: ['notified_on'] }],
  duty_demand: [
    { state: 'draft', transition: 'send', fields: ['addressee', 'sent_by', 'sent_on', 'due_on', 'evidence'], today: ['sent_on'], me: ['sent_by'] },
    { state: 'sent', transition: 'perform', fields: ['performed_on', 'answer', 'confirmed_by', 'confirmed_on', 'evidence'], today: ['performed_on', 'confirmed_on'], me: ['confirmed_by'] },
  ],
  change: [
    { state: 'announced', fields: ['assessment', 'assessed_by', 'assessed_on', 'risk_assessed_on', 'risk_assessment', 'risk_document'], today: ['assessed_on'], me: ['assessed_by'] },
    { state: 'announced', fields: ['decision', 'conditions', 'decided_by', 'decided_on'], today: ['decided_on'], me: ['decided_by'] },
    { state: 'announced', transition: 'take_effect', fields: ['effective_on'], today: ['effective_on'] },
  ],
  subcontracting: [
    { state: 'requested', fields: ['consent_on', 'consent_until', 'consent_by', 'consent_document', 'conditions'], today: ['consent_on'], me: ['consent_by'] },
    { state: 'requested', transition: 'take_effect', fields: ['effective_on'], today: ['effective_on'] },
  ],
  disclosure: [
    { state: 'requested', fields: ['consent_on', 'consent_by', 'consent_document', 'told_on'], today: ['consent_on'], me: ['consent_by'] },
    { state: 'requested', transition: 'make', fields: ['disclosed_on', 'told_on'], today: ['disclosed_on'] },
  ],
  incident: [
    { state: 'open', transition: 'recover', fields: ['recovered_on', 'recovered_time', 'impact'], today: ['recovered_on'] },
    { state: 'recovered', fields: ['grade', 'cause', 'impact', 'summary_on', 'no_improvement', 'evidence'], today: ['summary_on'] },
    { state: 'recovered', transition: 'close', fields: ['confirmed_by', 'confirmed_on', 'finding'], today: ['confirmed_on'], me: ['confirmed_by'] },
  ],
  drill: [
    { state: 'planned', transition: 'hold', fields: ['held_on', 'result', 'led_by'], today: ['held_on'], me: ['led_by'] },
    { state: 'held', transition: 'confirm', fields: ['result', 'confirmed_by', 'confirmed_on', 'evidence'], today: ['confirmed_on'], me: ['confirmed_by'] },
  ],
  handover_inventory: [
    { state: 'draft', transition: 'review', fields: ['prepared_by', 'prepared_on', 'suitability', 'sufficiency', 'reviewed_by', 'reviewed_on'], today: ['reviewed_on'], me: ['reviewed_by'] },
    { state: 'reviewed', transition: 'approve', fields: ['items_listed', 'approved_by', 'approved_on', 'evidence'], today: ['approved_on'], me: ['approved_by'] },
  ],
  exit_plan: [{ state: 'draft', transition: 'agree', fields: ['agreed_by', 'provider_agreed_by', 'agreed_on', 'evidence'], today: ['agreed_on'], me: ['agreed_by'] }],
  data_return: [
    { state: 'requested', transition: 'receive', fields: ['received_on', 'received_by', 'delivered_by', 'path'], today: ['received_on'], me: ['received_by'] },
    {
      state: 'received',
      transition: 'verify',
      fields: ['items_compared', 'items_missing', 'items_differing', 'items_unreadable', 'tool', 'manifest_digest', 'verified_by', 'verified_on', 'evidence'],
      today: ['verified_on'],
      me: ['verified_by'],
    },
  ],
  migration: [
    { state: 'planned', transition: 'start', fields: ['started_on', 'led_by', 'performed_by'], today: ['started_on'], me: ['led_by'] },
    { state: 'running', transition: 'finish', fields: ['completed_on', 'business_live_on'], today: ['completed_on'] },
    { state: 'completed', transition: 'accept', fields: ['accepted_by', 'accepted_on', 'business_live_on', 'evidence'], today: ['accepted_on'], me: ['accepted_by'] },
  ],
  migration_check: [
    { state: 'planned', transition: 'finish', fields: ['items_checked', 'items_differing', 'items_failed', 'tool', 'done_by', 'done_on', 'confirmed_by', 'evidence'], today: ['done_on'], me: ['done_by'] },
  ],
  device: [
    {
      state: 'listed',
      transition: 'handle',
      fields: ['disposition', 'handled_by', 'handled_on', 'handling', 'residual', 'residual_by', 'moved_to', 'evidence'],
      today: ['handled_on'],
    },
  ],
  sanitisation: [
    { state: 'planned', transition: 'finish', fields: ['technique', 'tool', 'performed_by', 'done_on', 'place'], today: ['done_on'] },
    {
      state: 'done',
      transition: 'verify',
      fields: ['verification', 'units_checked', 'units_residual', 'copies_gone_on', 'verified_by', 'verified_on', 'supervised_by', 'supervised_on', 'supervision', 'evidence'],
      today: ['verified_on'],
      me: ['verified_by'],
    },
  ],
  disposal_plan: [{ state: 'draft', transition: 'approve', fields: ['approved_by', 'approved_on', 'evidence'], today: ['approved_on'], me: ['approved_by'] }],
  handover_aid: [{ fields: ['supplied_on', 'method', 'key_name', 'key_keeper', 'tried_by', 'tried_on', 'evidence'], today: ['supplied_on'] }],
}

/** What can be entered next for a record, as far as the pack has it. */
export function stepsOf(kind: Kind, record: RecordRow): Step[] {
  return (STEPS[kind.kind] ?? []).flatMap((s) => {
    if (s.state && s.state !== record.state) return []
    if (s.transition && !kind.transitions.some((x) => x.id === s.transition && x.from.includes(record.state))) return []
    const fields = s.fields.filter((f) => fieldOf(kind, f))
    // What was entered without a move is offered again by the record's own form only.
    if (!s.transition && s.today?.[0] && record.fields[s.today[0]] != null) return []
    return fields.length ? [{ ...s, fields }] : []
  })
}

/** The civil day by which the page counts: the server's, or the one looked back to. */
export function useToday() {
  const status = useStatus()
  return computed(() => session.asOf || (status.data.value?.as_of ?? '').slice(0, 10))
}

export interface Clock {
  /** the day by which it is awaited; '' if none is given */
  due: string
  /** what is awaited */
  label: Text | null
  days: number | null
}

/** What a verdict on a record says falls due. */
export interface Owed {
  day: string
  label: Text | null
}

/** What is awaited next of a record, or null if everything with a date has come. */
export function clockOf(kind: Kind | undefined, record: RecordRow, today: string, otherwise = '', owed?: Owed): Clock | null {
  if (!kind) return null
  let best: Clock | null = owed ? { due: owed.day, label: owed.label, days: today ? daysBetween(today, owed.day) : null } : null
  for (const c of kind.awaits) {
    if (record.fields[c.came] != null) continue
    const due = (c.by ? String(record.fields[c.by] ?? '') : '') || otherwise
    const clock = { due, label: fieldOf(kind, c.came)?.label ?? null, days: due && today ? daysBetween(today, due) : null }
    if (!best || (clock.days ?? Infinity) < (best.days ?? Infinity)) best = clock
  }
  return best
}

export function filterOfOpen(kind: Kind): string[] {
  const open = OPEN[kind.kind]
  return kind.states.filter((s) => s.id === 'withdrawn' || (open && !open.includes(s.id))).map((s) => 'state:ne:' + s.id)
}

/** The open records of a kind, `MOST` at most; none where the packs do not have it. */
export function useOpen(name: string, more: MaybeRefOrGetter<string[]> = []) {
  const { byName } = useKinds()
  const kind = computed(() => byName.value.get(name))
  const query = useRecords(
    () => (kind.value ? name : ''),
    () => ({ filter: kind.value ? [...filterOfOpen(kind.value), ...toValue(more)] : [], limit: MOST }),
  )
  return { kind, query, items: computed<RecordRow[]>(() => (kind.value ? (query.data.value?.items ?? []) : [])), total: computed(() => query.data.value?.total ?? 0) }
}

/** What the verdicts say about records: those that fail by one, and the days on which one falls due. */
export function useSaid() {
  const { byId } = useRequirements()
  const unmet = useVerdicts({ status: 'unmet', stage: 'operate', limit: 1000 })
  const due = useDue(undefined)
  const faults = computed(() => {
    const map = new Map<string, Verdict[]>()
    for (const v of unmet.data.value?.items ?? [])
      for (const id of new Set([v.subject.id, ...v.proof.map((p) => p.id)])) if (id) map.set(id, [...(map.get(id) ?? []), v])
    return map
  })
  const days = computed(() => {
    const map = new Map<string, string>()
    for (const d of due.data.value?.items ?? []) for (const p of d.proof) if (p.id && !map.has(p.id)) map.set(p.id, d.day)
    return map
  })
  /** Of what is owed for a record itself, the earliest. */
  const owed = computed(() => {
    const map = new Map<string, Owed>()
    for (const d of due.data.value?.items ?? [])
      if (d.subject.id && !d.remediation && !map.has(d.subject.id)) map.set(d.subject.id, { day: d.day, label: byId.value.get(d.requirement)?.title ?? null })
    return map
  })
  return { due, unmet, faults, days, owed }
}

/* --- the level of service ---------------------------------------------------------------------------------- */

const SIDES = [
  { target: 'target_percent', measured: 'measured_percent', least: true, unit: '%' },
  { target: 'target_minutes', measured: 'measured_minutes', least: false, unit: 'min' },
  { target: 'target_amount', measured: 'measured_amount', least: true, unit: '' },
] as const

export interface Reading {
  record: RecordRow
  value: number | null
  text: string
  missed: boolean
}

/** What an indicator promises as a figure; null where it promises in words. */
export function promiseOf(indicator: RecordRow) {
  for (const s of SIDES) {
    const v = indicator.fields[s.target]
    if (v != null) return { ...s, value: Number(v), text: String(v) }
  }
  return null
}

/** Exact for what is entered: at most 15 digits. */
export function readingOf(indicator: RecordRow, measurement: RecordRow): Reading {
  const p = promiseOf(indicator)
  const v = p ? measurement.fields[p.measured] : null
  const value = v == null ? null : Number(v)
  return {
    record: measurement,
    value,
    text: v == null ? '—' : String(v),
    missed: !!p && value !== null && (p.least ? value < p.value : value > p.value),
  }
}

/** Read again what failed, of several. */
export function retryOf(...queries: { error: { value: unknown }; refetch: () => unknown }[]): () => void {
  return () => {
    for (const q of queries) if (q.error.value) void q.refetch()
  }
}

/** Minutes since the epoch of a day and a time of four digits; null without both. */
export function minuteOf(day: unknown, time: unknown): number | null {
  if (!day || time == null) return null
  return Math.round(Date.parse(`${String(day).slice(0, 10)}T${clockTime(time)}:00Z`) / 60000)
}
