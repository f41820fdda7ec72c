// SPDX-License-Identifier: Apache-2.0
// The accounts of an institution, for who looks after them.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'
import { administers, operator, signed } from '@/lib/signed'

export type AccountRow = Schemas['Accounts']['items'][number]

const PAGE = 200
const MAX = 5000

async function all(): Promise<{ items: AccountRow[]; cut: boolean }> {
  const items: AccountRow[] = []
  let after: string | undefined
  do {
    const page = await call(
      api.GET('/api/v1/institutions/{inst}/accounts', {
        params: { path: { inst: session.inst }, query: { limit: PAGE, ...(after ? { after } : {}) } },
      }),
    )
    items.push(...page.items)
    after = page.next ?? undefined
  } while (after && items.length < MAX)
  return { items, cut: !!after }
}

export function useAccounts() {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'accounts', session.person]),
    queryFn: all,
    enabled: computed(() => session.inst !== '' && administers.value),
    staleTime: 0, // accounts are not in the ledger: no feed tells of them
  })
}

/** Locking, a new link and the second factor of an account that others rely on, too, are the operator's alone. */
export function mayManage(a: AccountRow): boolean {
  return !a.elsewhere || !!operator.value
}
export const isOwn = (a: AccountRow) => a.id === signed.value?.account?.id

export function linkOf(secret: string): string {
  return `${location.origin}/p/set-up#${secret}`
}
export function stateOf(a: AccountRow): 'locked' | 'waiting' | 'active' {
  return a.locked ? 'locked' : a.has_password ? 'active' : 'waiting'
}
