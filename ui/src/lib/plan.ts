// SPDX-License-Identifier: Apache-2.0
// A security plan with its sections, items and requirements, and what changed in them between two days.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { fetchAllRecords, fetchRecords, useRecords, type RecordRow } from '@/lib/queries'
import { session } from '@/lib/session'

export type Entry = Schemas['Entries']['items'][number]

export function usePlanParts(plan: MaybeRefOrGetter<string>) {
  const of = (field: string) => computed(() => ({ filter: ['state:ne:withdrawn', `${field}:eq:${toValue(plan)}`] }))
  const when = (kind: string) => () => (toValue(plan) ? kind : '')
  const sections = useRecords(when('plan_section'), of('plan'), true)
  const demands = useRecords(when('plan_requirement'), of('plan'), true)
  const rounds = useRecords(when('review_round'), of('plan'), true)
  const ids = computed(() => new Set((sections.data.value?.items ?? []).map((s) => s.id)))
  // All of the plan at once: a section of its own for each topic would be as many questions, again after every change.
  const items = useRecords(
    when('plan_item'),
    computed(() => ({ filter: ['state:ne:withdrawn', `section.plan:eq:${toValue(plan)}`] })),
    true,
  )
  const byTopic = computed(() => new Map((sections.data.value?.items ?? []).map((s) => [String(s.fields.topic), s])))
  const itemsOf = computed(() => {
    const out = new Map<string, RecordRow[]>()
    for (const i of items.data.value?.items ?? []) {
      const s = String(i.fields.section)
      if (!ids.value.has(s)) continue // of a section that was withdrawn
      out.set(s, [...(out.get(s) ?? []), i])
    }
    for (const list of out.values()) list.sort((a, b) => String(a.fields.number).localeCompare(String(b.fields.number), undefined, { numeric: true }))
    return out
  })
  return { sections, demands, rounds, items, byTopic, itemsOf }
}

const MOST = 2000 // entries looked through for one kind; more than a plan ever has in one round

async function entries(kind: string, from: string, until: string): Promise<{ items: Entry[]; cut: boolean }> {
  const out: Entry[] = []
  let before: number | undefined
  for (;;) {
    const page = await call(
      api.GET('/api/v1/institutions/{inst}/entries', {
        params: { path: { inst: session.inst }, query: { kind, limit: 200, ...(from ? { from } : {}), ...(until ? { until } : {}), ...(before ? { before } : {}) } },
      }),
    )
    out.push(...page.items)
    if (page.next === null) return { items: out, cut: false }
    if (out.length >= MOST) return { items: out, cut: true }
    before = page.next
  }
}

/** What was written to the plan and its parts from one day to another, newest first. */
export function usePlanChanges(plan: MaybeRefOrGetter<string>, from: MaybeRefOrGetter<string>, until: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'plan-changes', toValue(plan), toValue(from), toValue(until)]),
    queryFn: async () => {
      const id = toValue(plan)
      // Withdrawn parts belong to it too: that they went is a change.
      const all = async (kind: string, filter: string) => (await fetchAllRecords(kind, { filter: [filter] })).items.map((r) => r.id)
      const [sections, demands, items] = await Promise.all([
        all('plan_section', `plan:eq:${id}`),
        all('plan_requirement', `plan:eq:${id}`),
        all('plan_item', `section.plan:eq:${id}`),
      ])
      const own = new Set([id, ...sections, ...demands, ...items])
      const lists = await Promise.all(['security_plan', 'plan_section', 'plan_requirement', 'plan_item'].map((k) => entries(k, toValue(from), toValue(until))))
      return {
        items: lists.flatMap((l) => l.items.filter((e) => e.record?.id && own.has(e.record.id))).sort((a, b) => b.seq - a.seq),
        cut: lists.some((l) => l.cut),
      }
    },
    enabled: computed(() => session.inst !== '' && toValue(enabled)),
  })
}

/** The plan that is worked on: the newest that is not superseded. */
export async function newestPlan(): Promise<string> {
  const list = await fetchRecords('security_plan', { filter: ['state:ne:withdrawn', 'state:ne:superseded'], limit: 50 })
  const order = ['draft', 'reviewing', 'approved']
  return [...list.items].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.seq - a.seq)[0]?.id ?? ''
}
