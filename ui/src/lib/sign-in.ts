// SPDX-License-Identifier: Apache-2.0
// Signing in and out: what the server is asked, and what follows for the rest of the page.
import type { QueryClient } from '@tanstack/vue-query'
import { ref, shallowRef, watch } from 'vue'
import { api, ApiError, call } from '@/api/client'
import { session } from '@/lib/session'
import { takeBroughtBack } from '@/lib/brought-back'
import { kept, letGo } from '@/lib/kept'
import { adopt, choosePerson, onOther, onResume, refusals, signed, type Signed } from '@/lib/signed'

/** Why it is not known who has signed in: the server was not reached. */
export const unread = shallowRef<unknown>(null)

/* Tabs share the cookie: what one of them proves or ends, the others have to know. */
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('yunjian') : undefined
function tellTabs(what: 'session' | 'out' = 'session'): void {
  tabs?.postMessage(what)
}

let reading: Promise<boolean> | undefined
/** Ask who has signed in. @return false if the server did not say */
export function readSession(): Promise<boolean> {
  reading ??= call(api.GET('/api/v1/session'))
    .then(
      (now) => {
        unread.value = null
        adopt(now)
        return true
      },
      (e: unknown) => {
        unread.value = e
        return false
      },
    )
    .finally(() => (reading = undefined))
  return reading
}

function taken(now: Signed): Signed {
  adopt(now)
  tellTabs()
  return now
}
/** @param directory id of a provider whose directory knows the password; '' the account's own here */
export async function signIn(name: string, password: string, directory = ''): Promise<Signed> {
  if (directory) return taken(await call(api.POST('/api/v1/sign-in/directory', { body: { provider: directory, name, password } })))
  return taken(await call(api.POST('/api/v1/sign-in', { body: { name, password } })))
}
/** One's own account is linked with what a directory knows one by. */
export async function linkDirectory(provider: string, name: string, password: string): Promise<void> {
  await call(api.POST('/api/v1/account/identities/directory', { body: { provider, name, password } }))
}
/** The same by a provider that one is sent to, and comes back from to one's account. */
export async function leaveToLink(provider: string): Promise<void> {
  const { url } = await call(api.POST('/api/v1/account/identities/oidc', { body: { provider } }))
  location.assign(url)
}
/** Why that came to nothing; it may end when the page that began it is drawn anew. */
export const linkFailed = shallowRef<unknown>(null)
let finishing = Promise.resolve()
/** Back from there: what it said is sent on, once. Resolves when it was, for whoever shows what is linked; `then` is for
 * the one that sent it. */
export function finishLinking(then: () => void): Promise<void> {
  const answer = takeBroughtBack()
  if (!answer) return finishing
  linkFailed.value = null
  finishing = call(api.POST('/api/v1/account/identities/oidc/finish', { body: answer })).then(then, (e: unknown) => {
    linkFailed.value = e
  })
  return finishing
}
/** Off to a provider of OpenID Connect, which leads back to a local address. */
export async function leaveFor(provider: string, back: string): Promise<void> {
  const { url } = await call(api.POST('/api/v1/sign-in/oidc', { body: { provider, back } }))
  location.assign(url)
}
export async function giveCode(code: string): Promise<Signed> {
  return taken(await call(api.POST('/api/v1/sign-in/code', { body: { code } })))
}
export async function setUp(secret: string, password: string, name?: string): Promise<Signed> {
  return taken(await call(api.POST('/api/v1/set-up', { body: { secret, password, ...(name === undefined ? {} : { name }) } })))
}
export async function proveWith(given: { password: string } | { code: string }): Promise<Signed> {
  return taken(await call(api.POST('/api/v1/session/prove', { body: given })))
}

export async function proveAt(provider: string, name: string, password: string): Promise<Signed> {
  return taken(await call(api.POST('/api/v1/session/prove/directory', { body: { provider, name, password } })))
}
/** Off to a provider, where one signs in again; in a tab of its own, so that nothing half-filled is left. */
export async function leaveToProve(provider: string): Promise<void> {
  const { url } = await call(api.POST('/api/v1/session/prove/oidc', { body: { provider } }))
  location.assign(url)
}
/** Back from there. @return false if this page was not led back to */
export async function finishProof(): Promise<boolean> {
  const answer = takeBroughtBack()
  if (!answer) return false
  taken(await call(api.POST('/api/v1/session/prove/oidc/finish', { body: answer })))
  return true
}

/** Nothing of it stays in this window: it is loaded anew. */
export async function signOut(): Promise<void> {
  try {
    await call(api.POST('/api/v1/sign-out'))
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 401) throw e // has ended already
  }
  letGo()
  tellTabs('out')
  session.person = ''
  try {
    localStorage.removeItem('yunjian.uploads') // names of files
  } catch {
    /* no storage, nothing kept */
  }
  location.assign('/p/sign-in')
}
/** Begin again with another name: a password was right, the code is not given. */
export async function startAgain(): Promise<void> {
  await call(api.POST('/api/v1/sign-out'))
  await readSession()
  tellTabs()
}

/* --- proving once more who one is, before something delicate ---------------------------------------------------- */

let answered: ((proved: boolean) => void) | undefined
let proving: Promise<boolean> | undefined
/** Is the dialog open that asks for it? */
export const asking = ref(false)
let provedBefore: string | null | undefined
function prove(): Promise<boolean> {
  proving ??= new Promise<boolean>((done) => {
    provedBefore = signed.value?.proved
    answered = done
    asking.value = true
  }).finally(() => {
    asking.value = false
    proving = answered = undefined
  })
  return proving
}
export function proved(so: boolean): void {
  answered?.(so)
}
/** It may have been proved in another tab. */
function provedThere(): void {
  if (asking.value && signed.value?.stage === 'full' && signed.value.proved && signed.value.proved !== provedBefore) proved(true)
}

/** Who writes for long without saving is not away: the server hears of it now and then, and the session goes on. */
const HEARD_MS = 300_000
function stayWhileTyping(): void {
  let heard = Date.now()
  document.addEventListener('input', () => {
    if (signed.value?.stage !== 'full' || Date.now() - heard < HEARD_MS) return
    heard = Date.now()
    void readSession()
  })
}

/** Once, at the start. */
export function followSession(client: QueryClient): void {
  onOther(() => {
    proved(false)
    client.clear()
  })
  onResume(() => void client.invalidateQueries())
  watch(kept, (is) => is && proved(false))
  refusals.unknown = () => {
    if (signed.value && signed.value.stage !== 'none') void readSession()
  }
  refusals.prove = prove
  refusals.renew = readSession
  // The names of persons come in the language they are asked for in.
  watch(
    () => session.lang,
    () => {
      if (signed.value?.stage === 'full') void readSession()
    },
  )
  // A page that the browser kept, shown again by going back: it may be somebody else's, or nobody's, by now.
  window.addEventListener('pageshow', (e) => {
    if (e.persisted && signed.value?.sign_in) void readSession()
  })
  tabs?.addEventListener('message', (e) => {
    if (e.data === 'out') letGo() // who has signed out leaves nothing behind
    void readSession().then(() => (e.data === 'out' ? kept.value && location.reload() : provedThere()))
  })
  // Signed in again in another tab, by a provider: that tab was loaded anew and told nobody.
  document.addEventListener('visibilitychange', () => {
    if ((kept.value || asking.value) && !document.hidden) void readSession().then(provedThere)
  })
  stayWhileTyping()
  watch(() => session.inst, choosePerson, { flush: 'sync' })
  void readSession()
}
