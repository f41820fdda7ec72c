// SPDX-License-Identifier: Apache-2.0
// Names of records that others refer to, asked for in batches and kept until one of them is changed.
import { computed, reactive, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api, call } from '@/api/client'
import { session } from '@/lib/session'
import { onOther } from '@/lib/signed'
import type { News } from '@/lib/stale'

const BATCH = 50 // as the server takes

/** name: '' if there is none; kind: '' if it is not known; old: asked for again where it is shown, which shows it until then. */
interface Known {
  name: string
  kind: string
  old: boolean
}
const names = reactive(new Map<string, Known>()) // by id
const waiting = new Map<string, Set<string>>() // kind -> ids
let timer: number | undefined

watch(
  () => session.inst,
  () => names.clear(),
)
onOther(() => names.clear())

async function ask(kind: string, ids: string[]): Promise<void> {
  try {
    const got = await call(
      api.GET('/api/v1/institutions/{inst}/names', {
        params: { path: { inst: session.inst }, query: { kind, ids: ids.join(',') } },
      }),
    )
    const found = new Map(got.items.map((r) => [r.id, r.name]))
    for (const id of ids) names.set(id, { name: found.get(id) ?? '', kind, old: false })
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
  if (names.get(id)?.old === false || !kind || !id) return
  const ids = waiting.get(kind) ?? new Set()
  ids.add(id)
  waiting.set(kind, ids)
  timer ??= window.setTimeout(flush, 5)
}

/** Remember a name that came with something else. */
export function knowName(id: string | null | undefined, name: string, kind = ''): void {
  if (!id) return
  const had = names.get(id)
  if (!had || had.old || had.name !== name) names.set(id, { name, kind: kind || (had?.kind ?? ''), old: false })
}

/** The names of records of a kind: a record's is '' until it is there, then its id if it has none. */
export function useNames(kind: MaybeRefOrGetter<string | undefined>, ids: MaybeRefOrGetter<readonly string[]>): (id: string) => string {
  watch(
    () => toValue(ids).filter((id) => names.get(id)?.old !== false),
    (missing) => {
      const k = toValue(kind)
      if (k) for (const id of missing) want(k, id)
    },
    { immediate: true },
  )
  return (id) => {
    const n = names.get(id)
    return n === undefined ? '' : n.name || id
  }
}

/** The name of one. */
export function useName(kind: MaybeRefOrGetter<string | undefined>, id: MaybeRefOrGetter<string | undefined>) {
  const name = useNames(kind, () => (toValue(id) ? [toValue(id) as string] : []))
  return computed(() => name(toValue(id) ?? ''))
}

/** Records were changed: their names are asked for again where they are shown. */
export function forgetNames(news: News): void {
  for (const [id, n] of names) {
    const ids = news.kinds && n.kind ? news.kinds[n.kind] : undefined
    const changed = !news.kinds || (n.kind ? ids === null || ids?.includes(id) : Object.values(news.kinds).some((l) => l === null || l.includes(id)))
    if (changed && !n.old) names.set(id, { ...n, old: true })
  }
}
