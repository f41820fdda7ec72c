// SPDX-License-Identifier: Apache-2.0
// A refusal for now: how long still, counted down where it is seen.
import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'
import { ApiError } from '@/api/client'
import { t } from '@/lib/i18n'

const IN_MINUTES = 120

/** So long in words. */
export function duration(seconds: number): string {
  return seconds > IN_MINUTES ? t('sign_in.minutes', { n: Math.ceil(seconds / 60) }) : t('sign_in.seconds', { n: seconds })
}

export function useWait(error: Ref<unknown>) {
  const left = ref(0)
  let timer: number | undefined
  const stop = () => {
    window.clearInterval(timer)
    left.value = 0
  }
  watch(error, (e) => {
    stop()
    if (!(e instanceof ApiError) || !e.wait) return
    const until = Date.now() + e.wait * 1000
    left.value = e.wait
    timer = window.setInterval(() => {
      left.value = Math.max(0, Math.ceil((until - Date.now()) / 1000))
      if (!left.value) window.clearInterval(timer)
    }, 1000)
  })
  onScopeDispose(stop)
  return { left, words: computed(() => (left.value ? t('sign_in.wait', { time: duration(left.value) }) : '')), stop }
}
