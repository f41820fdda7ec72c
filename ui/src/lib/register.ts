// SPDX-License-Identifier: Apache-2.0
// The register of what is to be answered, as the server gives it, for people who work in a spreadsheet: what they fill in
// stands after what tells them what it is about. The columns that the import needs are the server's.
import type { Kind } from '@/lib/catalog'
import { say, t } from '@/lib/i18n'
import { readAddressed, type Addressed } from '@/lib/provider'
import { save } from '@/lib/save'
import { readCsv, writeXlsx } from '@/lib/sheet'

/** To be filled in; they stand right behind what is asked. */
const FILLED = ['text', 'answered_on']
const WIDTHS: Record<string, number> = { question: 50, text: 60, answered_on: 14 }

/** @return false: there is nothing to answer, and no file */
export async function saveRegister(csv: string, as: 'xlsx' | 'csv', kinds: Map<string, Kind>): Promise<boolean> {
  const [heads, ...rows] = (await readCsv(csv, () => undefined)).filter((r) => r.some((c) => c !== ''))
  if (!heads || !rows.length) return false
  const kind = kinds.get('answer')
  const name = say(kind?.label, 'answer')
  if (as === 'csv') {
    // Spreadsheet programs take a file for UTF-8 if it says so.
    save('answer.csv', '\ufeff' + csv, 'text/csv;charset=utf-8')
    return true
  }
  const known = new Map<string, Addressed>((await readAddressed({ stand: 'open' })).map((x) => [x.id, x]))
  const at = (r: string[], field: string) => r[heads.indexOf(field)] ?? ''
  const order = ['question', ...FILLED, ...heads.filter((h) => h !== 'question' && !FILLED.includes(h))].filter((h) => heads.includes(h))
  const label = (field: string) => (field === 'state' ? t('record.state') : say(kind?.fields.find((f) => f.name === field)?.label, field))
  const told = (r: string[]) => {
    const item = known.get(at(r, 'about'))
    const of = kinds.get(at(r, 'about_kind'))
    return [item?.client.name ?? '', say(of?.label, at(r, 'about_kind')), item?.due?.on ?? '']
  }
  const bytes = writeXlsx([
    {
      name: t('provider.register.sheet'),
      rows: [[t('provider.register.client'), t('provider.register.what'), t('provider.register.due'), ...order.map(label)], ...rows.map((r) => [...told(r), ...order.map((h) => at(r, h))])],
      widths: [28, 16, 14, ...order.map((h) => WIDTHS[h] ?? 18)],
    },
  ])
  save(`${name}.xlsx`, bytes as BlobPart, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  return true
}
