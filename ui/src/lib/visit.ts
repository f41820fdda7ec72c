// SPDX-License-Identifier: Apache-2.0
// An inspector goes into an institution that is tied to his own, to read it, and comes back.
import { session } from '@/lib/session'

export function enter(institution: { id: string; name: string }): void {
  const home = session.visit?.home ?? session.inst
  session.asOf = ''
  session.visit = { name: institution.name, home }
  session.inst = institution.id
}

export function leave(): void {
  const home = session.visit?.home
  session.asOf = ''
  session.visit = null
  if (home) session.inst = home
}
