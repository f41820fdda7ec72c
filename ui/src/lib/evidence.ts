// SPDX-License-Identifier: Apache-2.0
// What a record of evidence tells of itself.
import { fieldOf, optionLabel, type Kind } from '@/lib/catalog'
import { date } from '@/lib/format'
import { t } from '@/lib/i18n'
import type { Fields } from '@/lib/queries'

export const text = (v: unknown) => (typeof v === 'string' ? v : '')

/** The period it speaks of, in words; '' if it names none. */
export function period(f: Fields): string {
  const from = date(text(f.period_from))
  const to = date(text(f.period_to))
  if (from && to) return t('from_to', { from, to })
  return from ? t('evidence.since', { day: from }) : to ? t('evidence.till', { day: to }) : ''
}

/** How strong it is, as its pack says; undefined if the pack does not. */
export function strengthOf(kind: Kind | undefined, f: Fields): number | undefined {
  return kind?.strength?.of.find((o) => o.option === f[kind.strength!.field])?.strength
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
