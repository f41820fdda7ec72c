// SPDX-License-Identifier: Apache-2.0
// Who has signed in, as the server said last; here without asking it, so that whatever sends requests can know.
// Asking is in lib/sign-in.ts.
import { computed, ref, shallowRef } from 'vue'
import type { components } from '@/generated/api'
import { t } from '@/lib/i18n'
import { keep, kept, letGo } from '@/lib/kept'
import { ownInst, session } from '@/lib/session'

export type Signed = components['schemas']['Session']
export type Account = components['schemas']['Account']
export type OwnPerson = Signed['persons'][number]

/** null: the server has not answered yet */
export const signed = shallowRef<Signed | null>(null)

/** The server runs open: nobody signs in, one chooses who acts. */
export const openMode = computed(() => signed.value !== null && !signed.value.sign_in)
/** May the institution's pages be shown? */
export const inside = computed(() => signed.value !== null && (!signed.value.sign_in || signed.value.stage === 'full'))

/** As whom the account may act in an institution. */
export function ownPersons(inst: string): OwnPerson[] {
  return signed.value?.persons.filter((p) => p.institution?.id === inst) ?? []
}
/** What it is called as whom one acts: the operator is no person's name. */
export function nameOf(p: OwnPerson): string {
  return p.operator ? t('top.operator') : p.person.name
}
/** Does the account stand for who runs the installation? */
export const operator = computed(() => signed.value?.persons.find((p) => p.operator))
/** As whom it acts there now: one of its own persons, else the operator. */
export const actsAs = computed(() => ownPersons(ownInst()).find((p) => p.person.id === session.person) ?? operator.value)
/** May whoever acts give others accounts, in the institution in view? */
export const administers = computed(() => !!actsAs.value?.administers)

/** Did a session end while the page was open? Said where one signs in again. */
export const ended = ref(false)

/** What is kept in memory of one account is not the next one's: run when the account is another one or none. */
const forgetting: (() => void)[] = []
export function onOther(forget: () => void): void {
  forgetting.push(forget)
}

/** Who was kept waiting is there again: what he sees is read anew. */
const resuming: (() => void)[] = []
export function onResume(resume: () => void): void {
  resuming.push(resume)
}

/** Take what the server said. */
export function adopt(now: Signed): void {
  const before = signed.value
  const was = before?.stage === 'full' ? before.account?.id : undefined
  const is = now.stage === 'full' ? now.account?.id : undefined
  if (was && !is) keep(was)
  const waited = kept.value
  signed.value = now
  if (was || is) ended.value = !is
  if (is && is === waited) {
    letGo()
    for (const resume of resuming) resume()
  } else if (before && was !== is && (is || !waited)) {
    letGo()
    for (const forget of forgetting) forget()
  }
  choosePerson()
}

/** Who acts is one of the account's own persons: the one chosen before, else its first in the institution. */
export function choosePerson(): void {
  if (!signed.value?.sign_in || signed.value.stage !== 'full') return
  if (session.visit && !ownPersons(session.visit.home).length) session.visit = null // another account: what is not its own is left
  const own = ownPersons(ownInst())
  const chosen = session.person
  if (chosen && (own.some((p) => p.person.id === chosen) || (own.length && chosen === operator.value?.person.id))) return
  session.person = own[0]?.person.id ?? '' // nobody is named where only the operator can act
}

/* --- what the client of the API does with refusals (lib/sign-in.ts says how) ------------------------------------ */

export interface Refusals {
  /** Somebody who has not signed in was refused: look whether that is so. */
  unknown: () => void
  /** Something delicate was refused: true when the person has proved who it is, and it can be repeated. */
  prove: () => Promise<boolean>
  /** A change was refused because the page did not know the newest value it has to send along: read it. */
  renew: () => Promise<boolean>
}
export const refusals: Refusals = { unknown: () => undefined, prove: async () => false, renew: async () => false }
