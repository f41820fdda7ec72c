// SPDX-License-Identifier: Apache-2.0
// The ledger as people read it.
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, call, errorOf, raw, type Schemas } from '@/api/client'
import { optionLabel, stateLabel, type Kind, type KindField } from '@/lib/catalog'
import { clockTime, comma, date, number } from '@/lib/format'
import { t } from '@/lib/i18n'
import { bodyText } from '@/lib/proof'
import { session } from '@/lib/session'

export type Entry = Schemas['Entries']['items'][number]
export interface EntryRead {
  entry: Schemas['EntryWhole']
  /** the body as it was sent; '' if it is gone */
  body: string
}
export interface Ref {
  kind: string
  id: string | null
  name: string
}

/** One entry, with its body byte by byte as the digest covers it. */
export function useEntry(seq: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'entry', toValue(seq)]),
    queryFn: async (): Promise<EntryRead> => {
      const r = await raw(`/api/v1/institutions/${encodeURIComponent(session.inst)}/entries/${encodeURIComponent(toValue(seq))}`)
      const said = await r.text()
      const json: unknown = JSON.parse(said)
      if (!r.ok) throw errorOf(r.status, json)
      const entry = json as Schemas['EntryWhole']
      return { entry, body: entry.salt ? bodyText(said) : '' }
    },
    enabled: computed(() => session.inst !== '' && /^\d{1,15}$/.test(toValue(seq))),
  })
}

/** 'std' or 'gm' of the institution's ledger; undefined before it is known. */
export function useCrypto() {
  const query = useQuery({ queryKey: ['ledgers'], queryFn: () => call(api.GET('/api/v1/ledgers')), staleTime: Infinity })
  return computed(() => query.data.value?.items.find((l) => l.institution === session.inst)?.crypto)
}

/** Who acted, in words; for an entry with the person as whose deputy. */
export const byWhom = (by: string, forWhom?: string | null) => (forWhom ? t('by_for', { by, whom: forWhom }) : by)
export const actedBy = (e: Pick<Entry, 'by' | 'for'>) => byWhom(e.by?.name || t('ledger.operator'), e.for?.name)

export function isRef(v: unknown): v is Ref {
  return typeof v === 'object' && v !== null && 'kind' in v && 'name' in v
}

/** A changed value in words. */
export function valueText(v: unknown, field: KindField | undefined, kind: Kind | undefined, name: string): string {
  if (v === null || v === undefined || v === '') return '—'
  if (Array.isArray(v)) return v.map((x) => valueText(x, field, kind, name)).join(comma())
  if (isRef(v)) return v.name || v.id || '—'
  if (typeof v === 'object') return 'erased' in v ? t('erased') : JSON.stringify(v)
  if (typeof v === 'boolean') return v ? t('yes') : t('no')
  if (!field) return name === 'state' ? stateLabel(kind, String(v)) : String(v)
  if (field.type === 'choice') return optionLabel(field, v)
  if (field.type === 'date') return date(String(v))
  if (field.clock) return clockTime(v)
  if (field.type === 'integer') return number(Number(v))
  return String(v)
}

export const opName = (op: string) => {
  const key = 'ledger.op.' + op
  const said = t(key)
  return said === key ? op : said
}
