// SPDX-License-Identifier: Apache-2.0
// What operation asks for now: everything with a clock, everything that waits for a decision, everything a verdict
// says falls due; each with the page on which it is done.
import { computed } from 'vue'
import type { RouteLocationRaw } from 'vue-router'
import { useKinds, useRequirements, type Kind } from '@/lib/catalog'
import { daysBetween } from '@/lib/format'
import { say } from '@/lib/i18n'
import { useRecords, type RecordRow } from '@/lib/queries'
import { clockOf, promiseOf, readingOf, useOpen, useSaid, useToday, type Clock, type Reading } from '@/lib/work'

const TAB: Record<string, string> = {
  alert: 'operating-requests',
  evidence_request: 'operating-requests',
  risk_notice: 'operating-requests',
  duty_demand: 'operating-requests',
  finding: 'operating-requests',
  change: 'operating-consents',
  subcontracting: 'operating-consents',
  disclosure: 'operating-consents',
  incident: 'operating-incidents',
  inspection: 'operating-inspections',
  drill: 'operating-drills',
}
export const REQUESTS = ['alert', 'evidence_request', 'risk_notice', 'duty_demand', 'finding'] as const
export const CONSENTS = ['change', 'subcontracting', 'disclosure'] as const
const OTHERS = ['incident', 'inspection', 'drill'] as const

export interface Task {
  key: string
  title: string
  note: string
  day: string
  days: number | null
  to: RouteLocationRaw
  kind?: Kind
  record?: RecordRow
  clock?: Clock
}

export interface Miss {
  indicator: RecordRow
  reading: Reading
  /** is something being done about it: a finding, or what was done in words? */
  answered: boolean
}

/** Of each indicator the last period that is over; those in which the promise was missed. */
export function useMisses() {
  const { byName } = useKinds()
  const there = computed(() => byName.value.has('sla_measurement'))
  const indicators = useRecords(() => (there.value ? 'sla_indicator' : ''), { filter: ['state:ne:withdrawn'] }, true)
  const measurements = useRecords(() => (there.value ? 'sla_measurement' : ''), { filter: ['state:ne:withdrawn'] }, true)
  const byIndicator = computed(() => {
    const map = new Map<string, RecordRow[]>()
    for (const m of measurements.data.value?.items ?? []) {
      const of = String(m.fields.indicator)
      map.set(of, [...(map.get(of) ?? []), m])
    }
    for (const list of map.values()) list.sort((a, b) => String(a.fields.period_to).localeCompare(String(b.fields.period_to)))
    return map
  })
  const misses = computed<Miss[]>(() =>
    (indicators.data.value?.items ?? []).flatMap((indicator) => {
      const last = promiseOf(indicator) && byIndicator.value.get(indicator.id)?.at(-1)
      if (!last) return []
      const reading = readingOf(indicator, last)
      return reading.missed ? [{ indicator, reading, answered: last.fields.finding != null || last.fields.remedy != null }] : []
    }),
  )
  return { indicators, measurements, byIndicator, misses }
}

export function useAgenda() {
  const today = useToday()
  const said = useSaid()
  const { byId } = useRequirements()
  const { byName } = useKinds()
  const open = [...REQUESTS, ...CONSENTS, ...OTHERS].map((name) => ({ name, ...useOpen(name) }))
  const levels = useMisses()

  function taskOf(kind: Kind, r: RecordRow, clock: Clock | null): Task {
    return {
      key: r.id,
      title: r.name,
      note: say(kind.label, kind.kind),
      day: clock?.due ?? '',
      days: clock?.days ?? null,
      to: { name: TAB[kind.kind]!, query: { open: r.id } },
      kind,
      record: r,
      ...(clock ? { clock } : {}),
    }
  }
  /** Of notices without a day only those that have not come, or that a verdict finds fault with. */
  const records = computed<Task[]>(() =>
    open.flatMap(({ kind, items, name }) =>
      items.value.flatMap((r) => {
        if (!kind.value) return []
        const clock = clockOf(kind.value, r, today.value, said.days.value.get(r.id), said.owed.value.get(r.id))
        if (name === 'risk_notice' && !clock && !said.faults.value.has(r.id)) return []
        return [taskOf(kind.value, r, clock)]
      }),
    ),
  )
  const listed = computed(() => new Set(records.value.map((x) => x.key)))
  const verdicts = computed<Task[]>(() =>
    (said.due.data.value?.items ?? []).flatMap((d) =>
      d.proof.some((p) => p.id && listed.value.has(p.id)) || (d.subject.id && listed.value.has(d.subject.id))
        ? []
        : [
            {
              key: d.requirement + d.subject.id,
              title: d.remediation?.name || say(byId.value.get(d.requirement)?.title, d.requirement),
              note: `${say(byName.value.get(d.subject.kind)?.label, d.subject.kind)} · ${d.subject.name}`,
              day: d.day,
              days: today.value ? daysBetween(today.value, d.day) : null,
              to: { name: 'verdict', params: { requirement: d.requirement, subject: d.subject.id ?? '' } },
            },
          ],
    ),
  )
  const dated = computed(() => [...records.value, ...verdicts.value].filter((x) => x.days !== null).sort((a, b) => a.day.localeCompare(b.day)))
  const of = (names: readonly string[]) => computed(() => records.value.filter((x) => names.includes(x.kind!.kind)))
  const requests = of(REQUESTS)
  const consents = of(CONSENTS)
  const incidents = of(['incident'])
  const inspections = of(['inspection'])
  const drills = of(['drill'])
  const overdue = computed(() => dated.value.filter((x) => x.days! < 0))
  return {
    today,
    said,
    levels,
    dated,
    overdue,
    now: computed(() => dated.value.filter((x) => x.days === 0)),
    soon: computed(() => dated.value.filter((x) => x.days! > 0 && x.days! <= 7)),
    requests,
    consents,
    incidents,
    inspections,
    drills,
    /** what waits for someone here although no day presses */
    waiting: computed(() =>
      [...consents.value, ...incidents.value, ...inspections.value, ...drills.value, ...requests.value].filter((x) => x.days === null || x.days > 7),
    ),
    pending: computed(() => said.due.isPending.value || open.some((o) => !!o.kind.value && o.query.isPending.value)),
    error: computed(() => said.due.error.value ?? open.find((o) => o.query.error.value)?.query.error.value ?? null),
    retry: () => {
      void said.due.refetch()
      for (const o of open) if (o.query.error.value) void o.query.refetch()
    },
  }
}
