// SPDX-License-Identifier: Apache-2.0
// What a provider sent the browser back with: to one's account, to be linked, or to prove once more who one is. It stands behind the '#' and is taken out of
// the address bar before anything else of the page runs. Imported first.

export interface BroughtBack {
  code?: string
  state?: string
  iss?: string
  error?: string
}
let given: BroughtBack | undefined

/** To be sent on, once. */
export function takeBroughtBack(): BroughtBack | undefined {
  const one = given
  given = undefined
  return one
}

function take(): void {
  if (!/\/(account|prove)$/.test(location.pathname) || location.hash.length < 2) return
  const words = new URLSearchParams(location.hash.slice(1))
  history.replaceState(history.state, '', location.pathname)
  if (!words.has('state')) return
  const one = (name: string) => (words.has(name) ? { [name]: words.get(name) ?? '' } : {})
  given = { ...one('code'), ...one('state'), ...one('iss'), ...one('error') }
}
take()
