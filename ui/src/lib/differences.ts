// SPDX-License-Identifier: Apache-2.0
// What a table would change, before it is imported: each of its rows against the record that it means.
import type { Kind, KindField } from '@/lib/catalog'
import { clockTime } from '@/lib/format'
import { convert, ID, STATE, type Known } from '@/lib/importing'
import type { RecordRow } from '@/lib/queries'

export interface Change {
  /** of the kind, or "state" */
  name: string
  field: KindField | undefined
  from: unknown
  /** as it stands in the table; '' clears */
  to: string
}
export interface Difference {
  row: number
  name: string
  /** undefined: it is new */
  record: RecordRow | undefined
  changes: Change[]
}

/** A value as a table has it once it was read (`convert`). */
function written(f: KindField, v: unknown): string {
  if (v == null) return ''
  if (Array.isArray(v)) return v.map((x) => written({ ...f, list: false }, x)).join(';')
  if (f.type === 'ref') return 'id:' + String(v)
  return f.clock ? clockTime(v) : String(v)
}
const same = (f: KindField, a: string, b: string) => a === b || (f.type === 'decimal' && a !== '' && b !== '' && Number(a) === Number(b))

/** @param used fields of the columns; @param there records of the kind */
export function differencesOf(kind: Kind, used: string[], rows: string[][], known: Map<string, Known>, there: RecordRow[]): Difference[] {
  const field = (name: string) => kind.fields.find((f) => f.name === name)
  const keyOf = (value: (name: string) => string) => JSON.stringify(kind.key.map(value))
  const byId = new Map(there.map((r) => [r.id, r]))
  const byKey = new Map(
    there.map((r) => [
      keyOf((name) => {
        const f = field(name)
        return f ? written(f, r.fields[name]) : ''
      }),
      r,
    ]),
  )
  return rows.map((row, i) => {
    const cell = (name: string) => {
      const x = used.indexOf(name)
      return x < 0 ? '' : convert(kind, name, row[x] ?? '', known).value
    }
    const id = cell(ID).replace(/^id:/, '')
    const record = byId.get(id) ?? byKey.get(keyOf(cell))
    const name = row[used.indexOf(kind.name_field)] || record?.name || kind.key.map((k) => row[used.indexOf(k)] ?? '').join(' / ')
    const changes: Change[] = []
    used.forEach((column, x) => {
      const to = cell(column)
      if (!record || column === ID || to === '') return
      if (column === STATE) {
        if (to !== record.state) changes.push({ name: STATE, field: undefined, from: record.state, to })
        return
      }
      const f = field(column)
      if (f && !same(f, written(f, record.fields[column]), to === '-' ? '' : to)) changes.push({ name: column, field: f, from: record.fields[column], to: to === '-' ? '' : (row[x] ?? '') })
    })
    return { row: i, name, record, changes }
  })
}
