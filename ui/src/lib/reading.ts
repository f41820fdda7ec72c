// SPDX-License-Identifier: Apache-2.0
// What an inspector has read, in words. What is no record is made of many: a list of verdicts, a page of the ledger.
import type { Kind } from '@/lib/catalog'
import { number } from '@/lib/format'
import { say, t } from '@/lib/i18n'

function of(group: string, name: string): string {
  const key = `supervision.readings.${group}.${name}`
  const said = t(key)
  return said === key ? name : said
}
export function kindName(kind: string, kinds: Map<string, Kind>): string {
  return kinds.has(kind) ? say(kinds.get(kind)?.label, kind) : of('kind', kind)
}
/** "verdicts?status=unmet", "entry/12": what was asked for, and of what. */
export function pageName(id: string): string {
  const m = /^([a-z_]+)[/?]?(.*)$/s.exec(id)
  if (!m) return id
  const name = of('page', m[1]!)
  return m[2] ? name + t('supervision.readings.detail', { what: m[2] }) : name
}

/** In one line, as the ledger tells it. */
export function readingText(r: { inspector: { name: string }; regulator: { name: string }; count: number }, kind: string, kinds: Map<string, Kind>): string {
  return t('supervision.readings.brief', { inspector: r.inspector.name, regulator: r.regulator.name, kind: kindName(kind, kinds), n: number(r.count) })
}
