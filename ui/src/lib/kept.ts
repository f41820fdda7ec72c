// SPDX-License-Identifier: Apache-2.0
// What is half filled in when a session ends stays on the page, out of sight, until the same account signs in again
// (App.vue). It stays in the memory of this window alone and for a while; passwords are taken out.
import { ref } from 'vue'
import type { Router } from 'vue-router'

const KEPT_MS = 4 * 3600_000
const FORM = 'form, .el-dialog, [data-field], textarea'

/** The account whose page is kept; '' none. */
export const kept = ref('')
let typed = false
let timer: number | undefined

/** Once, at the start. */
export function followTyping(router: Router): void {
  document.addEventListener('input', (e) => {
    if (e.target instanceof Element && e.target.matches('input:not([type=password]), textarea') && e.target.closest(FORM)) typed = true
  })
  router.afterEach((to, from) => {
    if (to.path !== from.path) typed = false
  })
}

/** Nothing is to be kept: who has signed out, or somebody else signs in. */
export function letGo(): void {
  typed = false
  kept.value = ''
  window.clearTimeout(timer)
}

function takePasswordsOut(): void {
  for (const box of document.querySelectorAll<HTMLInputElement>('input[type=password], [data-secret] input')) {
    if (!box.value) continue
    box.value = ''
    box.dispatchEvent(new Event('input', { bubbles: true }))
  }
}

/** The account's session has ended. Is something half filled in? Then its page is kept. */
export function keep(account: string): boolean {
  if (!typed && !document.querySelector('.el-dialog form, .el-dialog [data-field], #main form')) return false
  takePasswordsOut()
  kept.value = account
  window.clearTimeout(timer)
  timer = window.setTimeout(() => {
    if (kept.value) location.reload() // nothing of it stays in this window
  }, KEPT_MS)
  return true
}
