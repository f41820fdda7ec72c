// SPDX-License-Identifier: Apache-2.0
// A list that is read page by page while one scrolls. When it is stale, the pages in view are read again; the others
// are kept, as old ones, until they come into view: so thousands of rows that were read once cost nothing when somebody
// else changes one of them. The first row in view stays where it is, whatever comes or goes before it.
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

export interface Slice<T, C> {
  items: T[]
  next: C | null
  total: number
}
interface Page<T, C> {
  after: C | undefined
  next: C | null
  limit: number
  items: T[]
  /** it may be other by now */
  old: boolean
}
export interface LongList<T, C> {
  pages: Page<T, C>[]
  total: number
}

interface Options<T, C> {
  key: MaybeRefOrGetter<readonly unknown[]>
  /** What is read is told by the key alone: the list may be another one by the time it is its turn. */
  read: (key: readonly unknown[], after: C | undefined, limit: number) => Promise<Slice<T, C>>
  idOf: (row: T) => string | number
  /** rows of the first page, so that something is there soon, and of those that follow */
  sizes: [number, number]
  /** the element that scrolls, and which rows are in view */
  box: Ref<HTMLElement | undefined>
  rowHeight: number
  view: () => [number, number]
  enabled?: MaybeRefOrGetter<boolean>
}

/** The page at `i` as it is now. What it shares with others is its own from then on. */
async function again<T, C>(list: LongList<T, C>, i: number, key: readonly unknown[], o: Options<T, C>): Promise<LongList<T, C>> {
  const page = list.pages[i]!
  const got = await o.read(key, page.after, page.limit)
  const own = new Set(got.items.map(o.idOf))
  const pages: Page<T, C>[] = []
  list.pages.forEach((p, n) => {
    if (n === i) pages.push({ ...page, items: got.items, next: got.next, old: false })
    else if (n > i && got.next === null) return // there is nothing behind it
    else {
      const items = p.items.some((r) => own.has(o.idOf(r))) ? p.items.filter((r) => !own.has(o.idOf(r))) : p.items
      // What came between the two, or went, is seen when the next one is read again from there.
      const moved = n === i + 1 && p.after !== got.next
      pages.push(moved ? { ...p, items, after: got.next as C, old: true } : { ...p, items })
    }
  })
  return { pages, total: got.total }
}

function inView<T, C>(list: LongList<T, C>, [first, last]: [number, number]): number[] {
  const out: number[] = []
  let at = 0
  list.pages.forEach((p, i) => {
    const end = at + p.items.length
    if (p.old && at < Math.max(last, first + 1) && (end > first || (i === 0 && end === 0))) out.push(i)
    at = end
  })
  return out
}

async function readView<T, C>(list: LongList<T, C>, key: readonly unknown[], o: Options<T, C>): Promise<LongList<T, C>> {
  for (let n = 0; n < 4; n++) {
    const i = inView(list, o.view())[0]
    if (i === undefined) break
    list = await again(list, i, key, o)
  }
  return list
}

export function useLongList<T, C>(o: Options<T, C>) {
  const client = useQueryClient()
  const key = computed(() => toValue(o.key))
  // One after the other, so that none puts back what another has just read.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <R>(what: () => Promise<R>): Promise<R> => {
    const mine = turn.then(what)
    turn = mine.catch(() => undefined)
    return mine
  }
  const query = useQuery({
    queryKey: key,
    queryFn: ({ queryKey }): Promise<LongList<T, C>> =>
      inTurn(async () => {
        const had = client.getQueryData<LongList<T, C>>(queryKey)
        if (had?.pages.length) return readView({ ...had, pages: had.pages.map((p) => ({ ...p, old: true })) }, queryKey, o)
        const got = await o.read(queryKey, undefined, o.sizes[0])
        return { pages: [{ after: undefined, next: got.next, limit: o.sizes[0], items: got.items, old: false }], total: got.total }
      }),
    enabled: o.enabled ?? true,
    structuralSharing: false, // comparing every row read so far takes longer than drawing those in view
  })
  const data = computed(() => query.data.value as LongList<T, C> | undefined)
  const rows = computed<T[]>(() => data.value?.pages.flatMap((p) => p.items) ?? [])
  const total = computed(() => data.value?.total ?? 0)
  const hasMore = computed(() => !!data.value && data.value.pages.at(-1)!.next !== null)
  const reading = ref(false)
  const failed = ref<unknown>(null)

  const ahead = Math.min(100, o.sizes[1] / 5)
  /* Whatever the view asks for: pages that are old, and the next one near the end. */
  async function goOn(): Promise<void> {
    if (reading.value || failed.value || query.isFetching.value || !data.value) return
    const of = key.value
    const near = () => o.view()[1] >= rows.value.length - ahead && hasMore.value
    if (!near() && !inView(data.value, o.view()).length) return
    reading.value = true
    try {
      await inTurn(async () => {
        let list = client.getQueryData<LongList<T, C>>(of)
        if (!list || of !== key.value) return
        list = await readView(list, of, o)
        const end = list.pages.at(-1)!
        if (near() && end.next !== null) {
          const got = await o.read(of, end.next, o.sizes[1])
          const own = new Set(got.items.map(o.idOf))
          const before = list.pages.map((p) => (p.items.some((r) => own.has(o.idOf(r))) ? { ...p, items: p.items.filter((r) => !own.has(o.idOf(r))), old: true } : p))
          list = { pages: [...before, { after: end.next, next: got.next, limit: o.sizes[1], items: got.items, old: false }], total: got.total }
        }
        client.setQueryData(of, list)
      })
    } catch (e) {
      failed.value = e
    } finally {
      reading.value = false
    }
  }
  watch([() => o.view()[0], () => o.view()[1], data, reading, () => query.isFetching.value], () => void goOn(), { flush: 'post' })
  watch(key, () => (failed.value = null))

  /* What came or went before the first row in view moves the list, not the view. */
  watch(
    [rows, key],
    ([now, ofNow], [was, ofWas]) => {
      const b = o.box.value
      const at = b ? Math.floor(b.scrollTop / o.rowHeight) : 0
      if (!b || b.scrollTop < 1 || !was.length || JSON.stringify(ofNow) !== JSON.stringify(ofWas)) return
      for (let i = at; i < Math.min(was.length, at + 50); i++) {
        const id = o.idOf(was[i]!)
        if (now[i] && o.idOf(now[i]!) === id) return
        const place = now.findIndex((r) => o.idOf(r) === id)
        if (place < 0) continue
        b.scrollTop += (place - i) * o.rowHeight
        return
      }
    },
    { flush: 'post' },
  )
  return {
    rows,
    total,
    hasMore,
    /** more is being read, or what is in view again */
    reading,
    isPending: query.isPending,
    error: computed(() => query.error.value ?? (failed.value as Error | null)),
    retry: () => {
      failed.value = null
      return query.refetch()
    },
  }
}
