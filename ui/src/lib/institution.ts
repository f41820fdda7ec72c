// SPDX-License-Identifier: Apache-2.0
// What the institution in view is: who uses clouds, who offers them, or who supervises. Which places it has follows.
import { useQuery } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { answer, api } from '@/api/client'
import { fieldOf, optionLabel, useKinds } from '@/lib/catalog'
import { session } from '@/lib/session'

export type Nature = 'client' | 'provider' | 'regulator'

/* Remembered, so that the places stand there at once when the page is opened again. */
const STORE = 'yunjian.natures'
function kept(): Record<string, Nature> {
  try {
    return (JSON.parse(localStorage.getItem(STORE) ?? '{}') ?? {}) as Record<string, Nature>
  } catch {
    return {}
  }
}
function keep(inst: string, nature: Nature): void {
  try {
    localStorage.setItem(STORE, JSON.stringify({ ...kept(), [inst]: nature }))
  } catch {
    /* private window: asked anew next time */
  }
}

/** undefined until it is known; packs that do not say have clients only. As it is today, whichever day is looked at. */
export function useNature() {
  const query = useQuery({
    // As lib/queries.ts keys a record, so that the feed finds it.
    queryKey: computed(() => ['inst', session.inst, '', 'record', 'institution', session.inst]),
    queryFn: async () => {
      const a = await answer(api.GET('/api/v1/institutions/{inst}/records/{kind}/{id}', { params: { path: { inst: session.inst, kind: 'institution', id: session.inst } } }))
      return { record: a.data as unknown as { fields: Record<string, unknown> }, etag: a.response.headers.get('ETag') ?? '' }
    },
    enabled: computed(() => session.inst !== ''),
  })
  const nature = computed<Nature | undefined>(() => {
    const data = query.data.value
    if (!data) return query.error.value ? 'client' : kept()[session.inst]
    const type = data.record.fields.type
    return type === 'provider' || type === 'regulator' ? type : 'client'
  })
  watch(
    () => (query.data.value ? nature.value : undefined),
    (n) => n && kept()[session.inst] !== n && keep(session.inst, n),
  )
  return nature
}

/** What a type of institution is called. */
export function useTypeLabel() {
  const { byName } = useKinds()
  return (type: string) => optionLabel(fieldOf(byName.value.get('institution'), 'type'), type)
}
