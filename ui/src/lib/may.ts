// SPDX-License-Identifier: Apache-2.0
// May the acting person do this, and why not? The server answers; every button asks.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { actingHeaders, api, call, type Schemas } from '@/api/client'
import { session } from '@/lib/session'

export type May = Omit<Schemas['May'], 'for'> & { for?: Schemas['May']['for'] }

/** What the acting person may do with records of a kind, and with one of them if `id` is given. */
export function useMay(kind: MaybeRefOrGetter<string>, id: MaybeRefOrGetter<string | undefined> = undefined) {
  const query = useQuery({
    queryKey: computed(() => ['inst', session.inst, 'may', session.person, toValue(kind), toValue(id) ?? '']),
    queryFn: () => {
      const one = toValue(id)
      return call(
        api.GET('/api/v1/institutions/{inst}/may', {
          params: { path: { inst: session.inst }, query: { kind: toValue(kind), ...(one ? { id: one } : {}) } },
          headers: actingHeaders(),
        }),
      )
    },
    enabled: computed(() => session.inst !== '' && !session.visit && toValue(kind) !== ''),
  })
  return {
    query,
    create: computed<May | undefined>(() => query.data.value?.create),
    change: computed<May | undefined>(() => query.data.value?.change ?? undefined),
    transition: (name: string): May | undefined => query.data.value?.transitions.find((x) => x.transition === name),
  }
}
