// SPDX-License-Identifier: Apache-2.0
const LATEST_MS = 500 // it is drawn then, whatever else is going on

/** When nothing more urgent is left to do: what is drawn for a glance comes after what is read. */
export function idle(): Promise<void> {
  return new Promise((done) => {
    if ('requestIdleCallback' in window) window.requestIdleCallback(() => done(), { timeout: LATEST_MS })
    else setTimeout(done, 50) // a browser that does not know of idleness
  })
}
