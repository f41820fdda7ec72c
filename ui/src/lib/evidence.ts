// SPDX-License-Identifier: Apache-2.0
// What a record of evidence tells of itself.
import { computed } from 'vue'
import { fieldOf, optionLabel, useKind, type Kind } from '@/lib/catalog'
import { date } from '@/lib/format'
import { t } from '@/lib/i18n'
import { useRecords, type Fields, type RecordRow } from '@/lib/queries'

export const text = (v: unknown) => (typeof v === 'string' ? v : '')

/** The period it speaks of, in words; '' if it names none. */
export function period(f: Fields): string {
  const from = date(text(f.period_from))
  const to = date(text(f.period_to))
  if (from && to) return t('from_to', { from, to })
  return from ? t('evidence.since', { day: from }) : to ? t('evidence.till', { day: to }) : ''
}

/** Does it say of itself what has to be signed? */
export function needsSignature(kind: Kind | undefined, f: Fields): boolean {
  const s = kind?.strength
  return !!s?.signed?.options.includes(String(f[s.field] ?? ''))
}

/** Is the key that signed it believed, by the day on which the server first saw it? */
function believed(kind: Kind, keys: Kind | undefined, key: RecordRow | undefined, f: Fields): boolean {
  const s = kind.strength?.signed
  const m = keys?.keys
  if (!s || !m || !key) return false
  const day = text(f[s.accepted])
  const k = key.fields
  const types = Array.isArray(k[m.types]) ? (k[m.types] as unknown[]) : []
  const from = text(k[m.revoked_from])
  return (
    day !== '' &&
    (key.state === m.trusted || (key.state === m.revoked && from !== '' && day < from)) &&
    types.includes(f[s.type]) &&
    day >= text(k[m.from]) &&
    (text(k[m.until]) === '' || day <= text(k[m.until]))
  )
}

/** How strong pieces of evidence are, as their pack says; undefined if it does not. */
export function useStrength() {
  const kind = useKind(() => 'evidence')
  const field = computed(() => kind.value?.strength?.signed?.key ?? '')
  const keys = useKind(() => fieldOf(kind.value, field.value)?.to ?? '')
  const rows = useRecords(() => keys.value?.kind ?? '', {}, true)
  const byId = computed(() => new Map((rows.data.value?.items ?? []).map((r) => [r.id, r])))
  const keyOf = (f: Fields) => byId.value.get(text(f[field.value]))
  function strengthOf(f: Fields): number | undefined {
    const s = kind.value?.strength
    if (!s) return undefined
    if (s.signed && needsSignature(kind.value, f) && !believed(kind.value!, keys.value, keyOf(f), f)) return s.signed.otherwise
    return s.of.find((o) => o.option === f[s.field])?.strength
  }
  return { strengthOf, keyOf, keys }
}

export function sourceLabel(kind: Kind | undefined, f: Fields): string {
  const name = kind?.strength?.field
  return name ? optionLabel(fieldOf(kind, name), f[name]) : ''
}

export type Shown = 'pdf' | 'image' | 'text' | 'none'
const BY_END: Record<string, Shown> = {
  pdf: 'pdf', png: 'image', jpg: 'image', jpeg: 'image', gif: 'image', webp: 'image', bmp: 'image', svg: 'image',
  txt: 'text', csv: 'text', log: 'text', json: 'text', jsonl: 'text', xml: 'text', md: 'text', yaml: 'text', yml: 'text',
}

/** How can it be shown? By its media type, else by the end of its name. */
export function shownAs(f: Fields): Shown {
  const type = text(f.media_type).toLowerCase()
  if (type === 'application/pdf') return 'pdf'
  if (/^image\/(png|jpeg|gif|webp|bmp|svg\+xml)$/.test(type)) return 'image'
  if (type.startsWith('text/') || /^application\/(json|jsonl|xml|yaml)$/.test(type)) return 'text'
  if (type && type !== 'application/octet-stream') return 'none'
  return BY_END[/\.([a-z0-9]+)$/i.exec(text(f.file_name))?.[1]?.toLowerCase() ?? ''] ?? 'none'
}

/** The type under which the page shows it: never one that runs. */
export function safeType(f: Fields, as: Shown): string {
  if (as === 'pdf') return 'application/pdf'
  if (as !== 'image') return 'text/plain'
  const type = text(f.media_type).toLowerCase()
  if (type.startsWith('image/')) return type
  const end = /\.([a-z0-9]+)$/i.exec(text(f.file_name))?.[1]?.toLowerCase()
  return end === 'svg' ? 'image/svg+xml' : end === 'jpg' ? 'image/jpeg' : `image/${end}`
}
