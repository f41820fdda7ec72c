// SPDX-License-Identifier: Apache-2.0
// Dates, numbers and sizes as people of either language write them.
import { session } from '@/lib/session'

const LOCALES = { zh: 'zh-CN', en: 'en-GB' }
const ZONE = 'Asia/Shanghai'

/** What writes numbers or dates is made once for a language: making one takes longer than writing a hundred. */
function once<T>(make: (locale: string) => T): () => T {
  const made = new Map<string, T>()
  return () => {
    const locale = LOCALES[session.lang]
    let writer = made.get(locale)
    if (!writer) made.set(locale, (writer = make(locale)))
    return writer
  }
}
const decimals = once((locale) => new Intl.NumberFormat(locale))
const percents = once((locale) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }))
// Both languages read it so.
const minutes = once(() => new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: ZONE }))

/** "2026-03-31" stays as it is: both languages read it, and it sorts. */
export function date(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 10) : ''
}

/** An instant in the installation's zone, to the minute. */
export function instant(iso: string | null | undefined): string {
  if (!iso) return ''
  const d = new Date(iso)
  return Number.isNaN(d.getTime()) ? iso : minutes().format(d)
}

export function number(n: number): string {
  return decimals().format(n)
}

export function percent(part: number, whole: number): string {
  return whole ? percents().format(part / whole) : ''
}

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let at = 0
  while (n >= 1000 && at < units.length - 1) {
    n /= 1000
    at++
  }
  return `${at ? n.toFixed(n < 10 ? 1 : 0) : n} ${units[at]}`
}

/** A time of day, kept as hours times 100 and minutes: "09:05". */
export function clockTime(n: unknown): string {
  if (n == null || n === '') return ''
  const s = String(n).padStart(4, '0')
  return /^\d{4}$/.test(s) ? `${s.slice(0, 2)}:${s.slice(2)}` : s
}

/** As people write it, "9:05" or "905"; null if it is no time of day. */
export function clockNumber(text: string): number | null {
  const m = /^(\d{1,2}):(\d{2})$/.exec(text.normalize('NFKC').trim()) ?? /^(\d{0,2}?)(\d{1,2})$/.exec(text.normalize('NFKC').trim())
  if (!m) return null
  const [h, min] = [Number(m[1]), Number(m[2])]
  return h < 24 && min < 60 ? h * 100 + min : null
}

/** Whole days from one civil date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10))) / 86400000)
}

export function addDays(iso: string, n: number): string {
  return new Date(Date.parse(iso.slice(0, 10)) + n * 86400000).toISOString().slice(0, 10)
}

/** What stands between the items of a list. */
export function comma(): string {
  return session.lang === 'zh' ? '、' : ', '
}
