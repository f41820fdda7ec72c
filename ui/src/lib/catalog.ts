// SPDX-License-Identifier: Apache-2.0
// What the packs declare: kinds with their fields and states, stages, models, requirements. Loaded once.
import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { say } from '@/lib/i18n'

export type Kind = Schemas['Kind']
export type KindField = Schemas['KindField']
export type KindState = Schemas['KindState']
export type KindTransition = Schemas['KindTransition']
export type Requirement = Schemas['Requirement']
export type Packs = Schemas['Packs']

const FOR_EVER = { staleTime: Infinity, gcTime: Infinity }

export function useKinds() {
  const query = useQuery({ queryKey: ['kinds'], queryFn: () => call(api.GET('/api/v1/kinds')), ...FOR_EVER })
  const byName = computed(() => new Map((query.data.value?.items ?? []).map((k) => [k.kind, k])))
  return { query, byName, kinds: computed(() => query.data.value?.items ?? []) }
}

/** The kind of that name; undefined until the kinds are there, or if there is none. */
export function useKind(name: () => string): ComputedRef<Kind | undefined> {
  const { byName } = useKinds()
  return computed(() => byName.value.get(name()))
}

export function usePacks() {
  const query = useQuery({ queryKey: ['packs'], queryFn: () => call(api.GET('/api/v1/packs')), ...FOR_EVER })
  const label = (list: 'models' | 'stages' | 'actors' | 'forces' | 'clauses', id: string | null | undefined) =>
    id ? say(query.data.value?.[list].find((n) => n.id === id)?.label, id) : ''
  return { query, packs: computed(() => query.data.value), label }
}

export function useRequirements() {
  const query = useQuery({
    queryKey: ['requirements'],
    queryFn: () => call(api.GET('/api/v1/requirements')),
    ...FOR_EVER,
  })
  const byId = computed(() => new Map((query.data.value?.items ?? []).map((r) => [r.id, r])))
  return { query, byId, requirements: computed(() => query.data.value?.items ?? []) }
}

export function useGates() {
  return useQuery({ queryKey: ['gates'], queryFn: () => call(api.GET('/api/v1/gates')), ...FOR_EVER })
}

export function stateLabel(kind: Kind | undefined, state: string): string {
  return say(kind?.states.find((s) => s.id === state)?.label, state)
}

export function fieldOf(kind: Kind | undefined, name: string): KindField | undefined {
  return kind?.fields.find((f) => f.name === name)
}

export function optionLabel(field: KindField | undefined, id: unknown): string {
  return say(field?.options?.find((o) => o.id === id)?.label, String(id ?? ''))
}
