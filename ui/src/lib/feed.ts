// SPDX-License-Identifier: Apache-2.0
// The live feed: when the institution's ledger grows, what may be other by now is read again.
import type { QueryClient } from '@tanstack/vue-query'
import { ref, watch } from 'vue'
import type { Kind } from '@/lib/catalog'
import { date, instant } from '@/lib/format'
import { forgetNames } from '@/lib/names'
import { wasRead } from '@/lib/own'
import { session } from '@/lib/session'
import { inside, refusals, signed } from '@/lib/signed'
import { ANYTHING, gather, isStale, newsOf, readAnew, type News } from '@/lib/stale'

/** Is the feed connected? Shown when it is not. */
export const live = ref(true)

const GATHER_MS = 400 // commits that come together are answered together

const DAY_MS = 60_000 // how late a new day may be noticed

export function followFeed(client: QueryClient): void {
  // Whoever stands in for somebody from today on, or until yesterday, may do other things with no entry telling so.
  let day = date(instant(new Date().toISOString()))
  window.setInterval(() => {
    const now = date(instant(new Date().toISOString()))
    if (now === day) return
    day = now
    void client.invalidateQueries({ queryKey: ['inst', session.inst, 'may'] })
  }, DAY_MS)
  let source: EventSource | undefined
  let timer: number | undefined
  let events: { size: number; news: News }[] = []
  const readAgain = () => {
    const told = events.filter((e) => !wasRead(e.size, e.news)).reduce<News | undefined>((all, e) => gather(all, e.news), undefined)
    timer = undefined
    events = []
    if (!told) return
    const kinds = client.getQueryData<{ items: Kind[] }>(['kinds'])?.items ?? []
    forgetNames(told)
    void readAnew(client, { queryKey: ['inst', session.inst], predicate: (q) => isStale(q.queryKey, q.state.data, told, kinds) })
  }
  /* Not put off by each that follows: who works beside many others would see nothing for long. */
  const changed = (news: News, size = Infinity) => {
    events.push({ size, news })
    timer ??= window.setTimeout(readAgain, GATHER_MS)
  }
  const jobs = () => {
    for (const name of ['jobs', 'job']) void client.invalidateQueries({ queryKey: ['inst', session.inst, name] })
  }
  /* What is told may be about what another institution addresses or gives, of which the own ledger knows nothing. */
  const inbox = () => {
    for (const name of ['inbox', 'addressed', 'waiting']) void client.invalidateQueries({ queryKey: ['inst', session.inst, name] })
  }
  watch(
    [() => (inside.value && !session.visit ? session.inst : ''), () => signed.value?.account?.id],
    ([id]) => {
      source?.close()
      source = undefined
      live.value = true
      window.clearTimeout(timer)
      timer = undefined
      events = []
      if (!id) return
      let lost = false
      // What came between the reading of the page and the feed's beginning is told, too: from the size known then.
      const known = client.getQueryData<{ items: { id: string; size: number }[] }>(['institutions'])?.items.find((i) => i.id === id)?.size
      const from = known === undefined ? '' : `?from=${known}`
      source = new EventSource(`/api/v1/institutions/${encodeURIComponent(id)}/feed${from}`)
      source.addEventListener('commit', (e) => changed(newsOf(String(e.data)), Number(e.lastEventId) || Infinity))
      source.addEventListener('job', jobs)
      source.addEventListener('inbox', inbox)
      source.addEventListener('open', () => {
        live.value = true
        if (lost) changed(ANYTHING) // what was missed meanwhile
        // These have no number by which it could be told what was missed, the first time neither.
        jobs()
        inbox()
        lost = false
      })
      source.addEventListener('error', () => {
        lost = true
        live.value = false
        // It does not try again when it was refused: has the session ended?
        if (source?.readyState === EventSource.CLOSED) refusals.unknown()
      })
    },
    { immediate: true },
  )
}
