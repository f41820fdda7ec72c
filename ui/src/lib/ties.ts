// SPDX-License-Identifier: Apache-2.0
// With whom the institution is tied, on either side. The other side ends it in a ledger whose feed is not ours: it is read
// again from time to time.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'

export type Tie = Schemas['Ties']['items'][number]

const AGAIN_MS = 60_000
/** Of what rests on another institution's ledger. */
export const OFTEN = { refetchInterval: AGAIN_MS, refetchOnWindowFocus: true } as const

export function useTies() {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'ties', session.lang]),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/ties', { params: { path: { inst: session.inst } } })),
    enabled: computed(() => session.inst !== '' && !session.visit),
    ...OFTEN,
  })
}
