// SPDX-License-Identifier: Apache-2.0
import { nextTick, ref, watch, type Ref } from 'vue'

const LATEST_MS = 500 // it is drawn then, whatever else is going on

/** When nothing more urgent is left to do: what is drawn for a glance comes after what is read. */
export function idle(): Promise<void> {
  return new Promise((done) => {
    if ('requestIdleCallback' in window) window.requestIdleCallback(() => done(), { timeout: LATEST_MS })
    else setTimeout(done, 50) // a browser that does not know of idleness
  })
}

/** True from the first idle moment after what comes first is there: for what is drawn below or beside it. */
export function useLater(first: () => boolean = () => true): Ref<boolean> {
  const now = ref(false)
  watch(
    first,
    async (there) => {
      if (!there) return
      await nextTick()
      await idle()
      now.value = true
    },
    { immediate: true },
  )
  return now
}
