// SPDX-License-Identifier: Apache-2.0
// Dates, numbers and sizes as people of either language write them.
import { session } from '@/lib/session'

const locale = () => (session.lang === 'zh' ? 'zh-CN' : 'en-GB')
const ZONE = 'Asia/Shanghai'

/** "2026-03-31" stays as it is: both languages read it, and it sorts. */
export function date(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 10) : ''
}

/** An instant in the installation's zone, to the minute. */
export function instant(iso: string | null | undefined): string {
  if (!iso) return ''
  const d = new Date(iso)
  return Number.isNaN(d.getTime())
    ? iso
    : new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: ZONE }).format(d)
}

export function number(n: number): string {
  return new Intl.NumberFormat(locale()).format(n)
}

export function percent(part: number, whole: number): string {
  return whole ? new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(part / whole) : ''
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
