// SPDX-License-Identifier: Apache-2.0
// Names of records that others refer to, asked for in batches and kept until the institution's ledger grows.
import { useQueryClient } from '@tanstack/vue-query'
import { computed, reactive, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api, call } from '@/api/client'
import { session } from '@/lib/session'

const BATCH = 50 // as the server takes

const names = reactive(new Map<string, string>()) // id -> name; '' : there is none
const waiting = new Map<string, Set<string>>() // kind -> ids
let timer: number | undefined

watch(
  () => session.inst,
  () => names.clear(),
)

async function ask(kind: string, ids: string[]): Promise<void> {
  try {
    const got = await call(
      api.GET('/api/v1/institutions/{inst}/names', {
        params: { path: { inst: session.inst }, query: { kind, ids: ids.join(',') } },
      }),
    )
    for (const id of ids) names.set(id, '')
    for (const r of got.items) if (r.id) names.set(r.id, r.name)
  } catch {
    /* the id is shown in its place; asked again when it is shown again */
  }
}

function flush(): void {
  timer = undefined
  for (const [kind, ids] of waiting) {
    const all = [...ids]
    for (let at = 0; at < all.length; at += BATCH) void ask(kind, all.slice(at, at + BATCH))
  }
  waiting.clear()
}

function want(kind: string, id: string): void {
  if (names.has(id) || !kind || !id) return
  const ids = waiting.get(kind) ?? new Set()
  ids.add(id)
  waiting.set(kind, ids)
  timer ??= window.setTimeout(flush, 5)
}

/** Remember a name that came with something else. */
export function knowName(id: string | null | undefined, name: string): void {
  if (id) names.set(id, name)
}

/** The name of a record; '' until it is there, then its id if it has none. */
export function useName(kind: MaybeRefOrGetter<string | undefined>, id: MaybeRefOrGetter<string | undefined>) {
  watch(
    () => [toValue(kind), toValue(id), names.has(toValue(id) ?? '')] as const,
    ([k, i]) => {
      if (k && i) want(k, i)
    },
    { immediate: true },
  )
  return computed(() => {
    const i = toValue(id)
    if (!i) return ''
    const n = names.get(i)
    return n === undefined ? '' : n || i
  })
}

/** A record was renamed, or another institution chosen: names are asked for again when shown. */
export function useForgetNames(): void {
  const client = useQueryClient()
  client.getQueryCache().subscribe((event) => {
    if (event.type === 'updated' && event.action.type === 'invalidate') names.clear()
  })
}
