// SPDX-License-Identifier: Apache-2.0
// The secret of a link by which an account gets its password. It stands behind the '#', where no server sees it, and is
// taken out of the address bar before anything else of the page runs: it must not stay in the history, in a bookmark, or
// on a shared screen. Imported first.

let secret = ''

function take(): void {
  if (!location.pathname.endsWith('/set-up') || location.hash.length < 2) return
  secret = location.hash.slice(1) // letters and digits: nothing in it is written in another way
  history.replaceState(history.state, '', location.pathname)
}

/** The secret of the link that was followed last, once; '' if there is none. */
export function takeSecret(): string {
  const s = secret
  secret = ''
  return s
}

/** Tells when another link is pasted while the page is open. @return stops that */
export function onSecret(then: () => void): () => void {
  const changed = () => {
    take()
    if (secret) then()
  }
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

take()
