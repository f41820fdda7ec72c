// SPDX-License-Identifier: Apache-2.0
// An exit as steps: where it is told by its state and by what is entered, and what each step still lacks by the
// verdicts on it. Which requirement belongs to which step is told by the registers its rule reads, not by its number.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call } from '@/api/client'
import { fieldOf, useKinds, useRequirements } from '@/lib/catalog'
import { fetchRecords, useRecords, useVerdicts, type RecordRow, type Verdict } from '@/lib/queries'
import { session } from '@/lib/session'

export const STEPS = ['range', 'inventory', 'approval', 'return', 'access', 'media', 'closing'] as const
export type StepId = (typeof STEPS)[number]

const READS: [StepId, string[]][] = [
  ['access', ['access_grant', 'access_revocation']],
  ['return', ['data_return', 'migration', 'migration_check', 'migration_supervision']],
  ['media', ['sanitisation', 'medium', 'device', 'disposal_plan', 'information_transfer']],
  ['closing', ['lasting_duty_notice', 'duty_demand']],
  ['range', ['handover_scope', 'exit_plan', 'exit_need', 'retention']],
]
const INVENTORY = new Set(['exit', 'handover_inventory', 'handover_item'])

export function stepOfReads(reads: string[]): StepId {
  for (const [step, kinds] of READS) if (kinds.some((k) => reads.includes(k))) return step
  if (reads.includes('handover_item')) return reads.every((k) => INVENTORY.has(k)) ? 'approval' : 'inventory'
  return 'closing'
}

export function useStepOf() {
  const { byId } = useRequirements()
  return (requirement: string): StepId => stepOfReads(byId.value.get(requirement)?.reads ?? [])
}

const LIVE = 'state:ne:withdrawn'

export function useOfExit(name: string, exit: MaybeRefOrGetter<string>, by = 'exit', all = true) {
  const { byName } = useKinds()
  const q = useRecords(
    () => (byName.value.has(name) && toValue(exit) ? name : ''),
    () => ({ filter: [`${by}:eq:${toValue(exit)}`, LIVE] }),
    all,
  )
  return { query: q, items: computed<RecordRow[]>(() => (byName.value.has(name) ? (q.data.value?.items ?? []) : [])) }
}

/** How many items fit each of the conditions, counted by the server. */
export function useCounts(kind: MaybeRefOrGetter<string>, conditions: MaybeRefOrGetter<{ key: string; filter: string[] }[]>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, session.asOf, 'counts', toValue(kind), toValue(conditions)]),
    queryFn: async () => {
      const all = await Promise.all(
        toValue(conditions).map(async (c) => [c.key, (await fetchRecords(toValue(kind), { filter: [...c.filter, LIVE], limit: 1 })).total] as const),
      )
      return new Map(all)
    },
    enabled: computed(() => session.inst !== '' && toValue(kind) !== '' && toValue(conditions).length > 0),
  })
}

/** How many records have which value of each of the names (a field, or one of what a reference names:
 *  "data_asset.level"), told by the server without rows; '' for those that have none. */
export function useGroups(kind: MaybeRefOrGetter<string>, by: MaybeRefOrGetter<string[]>, filter: MaybeRefOrGetter<string[]>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'groups', toValue(kind), toValue(by), toValue(filter)]),
    queryFn: async () => {
      const got = await call(
        api.GET('/api/v1/institutions/{inst}/counts/{kind}', {
          params: { path: { inst: session.inst, kind: toValue(kind) }, query: { by: toValue(by).join(','), filter: toValue(filter) } },
        }),
      )
      return new Map(got.by.map((b) => [b.field, new Map(b.values.map((v) => [v.value ?? '', v.count]))]))
    },
    enabled: computed(() => session.inst !== '' && !session.asOf && toValue(kind) !== '' && toValue(by).length > 0),
  })
}

/** Everything the steps of an exit are told by. */
export function useExitWork(exit: MaybeRefOrGetter<RecordRow | undefined>) {
  const { byName } = useKinds()
  const id = computed(() => toValue(exit)?.id ?? '')
  const deployment = computed(() => String(toValue(exit)?.fields.deployment ?? ''))
  const scopes = useOfExit('handover_scope', id)
  const plans = useOfExit('exit_plan', id)
  const inventories = useOfExit('handover_inventory', id)
  const returns = useOfExit('data_return', id)
  const migrations = useOfExit('migration', id)
  const grants = useOfExit('access_grant', deployment, 'deployment')
  const media = useOfExit('medium', id)
  const devices = useOfExit('device', id)
  const counted = useOfExit('exit_count', id)
  const revocations = useRecords(() => (byName.value.has('access_revocation') && grants.items.value.length ? 'access_revocation' : ''), { filter: [LIVE] }, true)
  const clearings = useRecords(() => (byName.value.has('sanitisation') && media.items.value.length ? 'sanitisation' : ''), { filter: [LIVE] }, true)
  const current = computed(() => inventories.items.value.filter((v) => v.state !== 'superseded'))
  const items = useCounts(
    () => (byName.value.has('handover_item') ? 'handover_item' : ''),
    () => current.value.map((v) => ({ key: v.id, filter: ['inventory:eq:' + v.id] })),
  )
  const itemsOf = (inventory: string) => items.data.value?.get(inventory)
  const itemsTotal = computed(() => current.value.reduce((n, v) => n + (itemsOf(v.id) ?? 0), 0))
  const revocationOf = computed(() => new Map((revocations.data.value?.items ?? []).map((r) => [String(r.fields.access_grant), r])))
  const clearingOf = computed(() => {
    const map = new Map<string, RecordRow>()
    const rank: Record<string, number> = { verified: 3, done: 2, planned: 1, failed: 0 }
    for (const s of clearings.data.value?.items ?? []) {
      const of = String(s.fields.medium)
      const had = map.get(of)
      if (!had || (rank[s.state] ?? 0) >= (rank[had.state] ?? 0)) map.set(of, s)
    }
    return map
  })
  const categories = computed(() => fieldOf(byName.value.get('handover_scope'), 'category')?.options ?? [])
  const verdicts = useVerdicts(
    () => ({ subject: id.value, limit: 500 }),
    () => id.value !== '',
  )
  const stepOf = useStepOf()
  const faults = computed(() => {
    const map = new Map<StepId, Verdict[]>(STEPS.map((s) => [s, []]))
    for (const v of verdicts.data.value?.items ?? []) if ((v.status === 'unmet' || v.status === 'unknown') && !v.risk_accepted) map.get(stepOf(v.requirement))!.push(v)
    return map
  })

  const progress = computed<Record<StepId, { n: number; all: number; done: boolean }>>(() => {
    const state = toValue(exit)?.state ?? ''
    const of = (n: number, all: number, done = all > 0 && n >= all) => ({ n, all, done })
    const judged = new Set(scopes.items.value.map((s) => s.fields.category)).size
    const approved = current.value.filter((v) => v.state === 'approved').length
    const verified = returns.items.value.filter((r) => r.state === 'verified').length
    const revoked = grants.items.value.filter((g) => revocationOf.value.has(g.id)).length
    const cleared = media.items.value.filter((m) => clearingOf.value.get(m.id)?.state === 'verified').length + devices.items.value.filter((d) => d.state === 'handled').length
    const things = media.items.value.length + devices.items.value.length
    return {
      // Not every class has to be judged in every model: which have to, the verdicts tell.
      range: of(judged, categories.value.length, judged > 0 && plans.items.value.some((p) => p.state === 'agreed')),
      inventory: of(itemsTotal.value, itemsTotal.value, itemsTotal.value > 0),
      approval: of(approved, current.value.length),
      return: of(verified, returns.items.value.length),
      access: of(revoked, grants.items.value.length),
      media: of(cleared, things),
      closing: of(state === 'completed' ? 1 : 0, 1),
    }
  })
  /** Where the exit is: its state tells the stretch, what is entered the step in it. */
  const at = computed<StepId>(() => {
    const p = progress.value
    switch (toValue(exit)?.state) {
      case 'planning':
        return 'range'
      case 'agreed':
        return !p.range.done || faults.value.get('range')?.length ? 'range' : !p.inventory.done ? 'inventory' : 'approval'
      case 'returning':
        return 'return'
      case 'erasing':
        return p.access.all > p.access.n ? 'access' : p.media.all > p.media.n ? 'media' : 'closing'
      default:
        return 'closing'
    }
  })
  return {
    deployment, scopes, plans, inventories, current, items, itemsOf, itemsTotal, returns, migrations, grants, revocations, revocationOf, media, devices,
    counted, clearings, clearingOf, categories, verdicts, faults, progress, at,
  }
}
