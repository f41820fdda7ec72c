// SPDX-License-Identifier: Apache-2.0
// What a provider sent the browser back with to one's account, to be linked. It stands behind the '#' and is taken out of
// the address bar before anything else of the page runs. Imported first.
import { ref } from 'vue'

export interface BroughtBack {
  code?: string
  state?: string
  iss?: string
  error?: string
}
/** To be sent on, once. */
export const broughtBack = ref<BroughtBack | null>(null)

function take(): void {
  if (!location.pathname.endsWith('/account') || location.hash.length < 2) return
  const given = new URLSearchParams(location.hash.slice(1))
  history.replaceState(history.state, '', location.pathname)
  if (!given.has('state')) return
  const one = (name: string) => (given.has(name) ? { [name]: given.get(name) ?? '' } : {})
  broughtBack.value = { ...one('code'), ...one('state'), ...one('iss'), ...one('error') }
}
take()
