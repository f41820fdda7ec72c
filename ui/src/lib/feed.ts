// SPDX-License-Identifier: Apache-2.0
// The live feed: when the institution's ledger grows, what is shown is read again.
import type { QueryClient } from '@tanstack/vue-query'
import { ref, watch } from 'vue'
import { session } from '@/lib/session'

/** Is the feed connected? Shown when it is not. */
export const live = ref(true)

const GATHER_MS = 400 // commits that come together are answered together

export function followFeed(client: QueryClient): void {
  let source: EventSource | undefined
  let timer: number | undefined
  const refresh = () => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => void client.invalidateQueries({ queryKey: ['inst', session.inst] }), GATHER_MS)
  }
  watch(
    () => session.inst,
    (id) => {
      source?.close()
      if (!id) return
      let lost = false
      source = new EventSource(`/api/v1/institutions/${encodeURIComponent(id)}/feed`)
      source.addEventListener('commit', refresh)
      source.addEventListener('open', () => {
        live.value = true
        if (lost) refresh() // what was missed meanwhile
        lost = false
      })
      source.addEventListener('error', () => {
        lost = true
        live.value = false
      })
    },
    { immediate: true },
  )
}
