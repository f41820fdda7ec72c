// SPDX-License-Identifier: Apache-2.0
// From a table that somebody filled in to rows of a kind: columns are matched to fields, values brought into the form
// the server reads, and what cannot be is said cell by cell.
import type { Kind, KindField } from '@/lib/catalog'
import { clockNumber, clockTime } from '@/lib/format'
import { say, t } from '@/lib/i18n'
import { fetchAllRecords, type RecordRow } from '@/lib/queries'
import { all as all_texts } from '@/text/all'

/** A column of the import beside the kind's fields: which record is meant, and its state. */
export const ID = 'id'
export const STATE = 'state'

/* --- what the server says ------------------------------------------------------------------------------------------ */

/** The server names fields, kinds and options by the ids of a file's columns; here they have the labels of the page. */
export function inWords(text: string, kind: Kind | undefined, byName: Map<string, Kind>, field = ''): string {
  const named = text
    .replace(/(\u5b57\u6bb5 |\bfields? )([a-z][a-z0-9_]*)( (?=[\u4e00-\u9fff]))?/g, (all, word: string, id: string) => {
      const f = kind?.fields.find((x) => x.name === id)
      return f ? t('import.named', { word: word.trimEnd(), label: say(f.label, f.name) }) : id === STATE ? t('import.columns.state') : all
    })
    .replace(/(\u79cd\u7c7b |\bkinds? )([a-z][a-z0-9_]*)( (?=[\u4e00-\u9fff]))?/g, (all, word: string, id: string) => {
      const k = byName.get(id)
      return k ? t('import.named', { word: word.trimEnd(), label: say(k.label, k.kind) }) : all
    })
  const options = kind?.fields.find((x) => x.name === field)?.options ?? []
  return named.replace(/[a-z0-9_]+(, [a-z0-9_]+)*$/, (list) => {
    const found = list.split(', ').map((id) => options.find((o) => o.id === id))
    return found.every(Boolean) ? found.map((o) => say(o!.label, o!.id)).join(' / ') : list
  })
}

/* --- columns ------------------------------------------------------------------------------------------------------ */

/** Heads are compared without blanks, marks and what stands in brackets at the end: "Name* (required)". */
export function plainHead(s: string): string {
  return s
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[(\[【][^)\]】]*[)\]】]\s*$/, '')
    .replace(/[\s*:：_\-/、，,]+/g, '')
}

const KEPT = 'yunjian.columns'
type Kept = Record<string, Record<string, string>>
function kept(): Kept {
  try {
    return (JSON.parse(localStorage.getItem(KEPT) ?? '{}') ?? {}) as Kept
  } catch {
    return {}
  }
}
/** Remember how a person matched the columns of a kind. */
export function keepColumns(kind: string, heads: string[], fields: string[]): void {
  const all = kept()
  const mine = { ...(all[kind] ?? {}) }
  heads.forEach((h, i) => {
    if (plainHead(h)) mine[plainHead(h)] = fields[i] ?? ''
  })
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...all, [kind]: mine }))
  } catch {
    /* private window: matched anew next time */
  }
}

function namesOf(kind: Kind): Map<string, string> {
  const all = new Map<string, string>()
  const add = (s: string | null | undefined, field: string) => {
    const p = plainHead(s ?? '')
    if (p && !all.has(p)) all.set(p, field)
  }
  for (const f of kind.fields) add(f.name, f.name)
  for (const f of kind.fields) add(f.label?.zh, f.name)
  for (const f of kind.fields) add(f.label?.en, f.name)
  for (const s of ['id']) add(s, ID)
  for (const s of ['state', all_texts.zh.record.state, all_texts.en.record.state]) add(s, STATE)
  return all
}

/** The field of each column, '' where none fits; no field twice. */
export function matchColumns(kind: Kind, heads: string[]): string[] {
  const names = namesOf(kind)
  const before = kept()[kind.kind] ?? {}
  const used = new Set<string>()
  const known = (f: string | undefined) => f !== undefined && (f === '' || f === ID || f === STATE || kind.fields.some((x) => x.name === f))
  return heads.map((h) => {
    const p = plainHead(h)
    const f = (known(before[p]) ? before[p] : names.get(p)) ?? ''
    if (!f || used.has(f)) return ''
    used.add(f)
    return f
  })
}

/** Which kind is it likely? By the file's name, else by how many heads fit. */
export function guessKind(kinds: Kind[], fileName: string, heads: string[]): Kind | undefined {
  const stem = plainHead(fileName.replace(/\.[^.]*$/, ''))
  const named = kinds.find((k) => plainHead(k.kind) === stem) ?? kinds.find((k) => [k.label?.zh, k.label?.en].some((l) => l && stem.includes(plainHead(l))))
  if (named) return named
  let best: Kind | undefined
  let most = 1
  for (const k of kinds) {
    const names = namesOf(k)
    const n = heads.filter((h) => names.has(plainHead(h))).length
    if (n > most) {
      most = n
      best = k
    }
  }
  return best
}

/** The row with the heads: the first that has several texts, and most that fit. */
export function headRow(rows: string[][], kinds: Kind[]): number {
  const all = new Set(kinds.flatMap((k) => [...namesOf(k).keys()]))
  let best = 0
  let most = 0
  rows.slice(0, 10).forEach((r, i) => {
    const n = r.filter((c) => all.has(plainHead(c))).length
    if (n > most) {
      most = n
      best = i
    }
  })
  return best
}

/* --- lists that other programs write ---------------------------------------------------------------------------------- */

export type List = Kind['lists'][number]
export interface Listed {
  kind: Kind
  list: List
}

/** Whose list has these heads? Of the kind that was chosen, or else of the only kind it can be. */
export function listOf(kinds: Kind[], heads: string[]): Listed | undefined {
  const there = new Set(heads.map((h) => h.trim()))
  const found = kinds.flatMap((kind) => {
    const list = kind.lists.find((x) => x.heads.every((h) => there.has(h)))
    return list ? [{ kind, list }] : []
  })
  return found.length === 1 ? found[0] : undefined
}

/** The rows of a list as cells of the kind's fields; what is no record of the kind is left out. */
export function takeList(list: List, heads: string[], body: string[][]): { fields: string[]; rows: string[][]; leftOut: number } {
  const at = new Map(heads.map((h, i) => [h.trim(), i]))
  const cell = (row: string[], column: string) => {
    const i = at.get(column)
    return i === undefined ? '' : (row[i] ?? '')
  }
  const out = list.leave_out.map((x) => ({ column: x.column, values: new Set(x.values) }))
  const taken = list.fields.filter((f) => f.from.length).map((f) => ({ ...f, to: new Map(f.values.map((v) => [v.from, v.to])) }))
  const kept = body.filter((row) => !out.some((x) => x.values.has(cell(row, x.column))))
  const rows = kept.map((row) =>
    taken.map((f) => {
      let s = f.from.map((c) => cell(row, c)).find(Boolean) ?? ''
      if (f.last_part) s = s.slice(s.lastIndexOf('/') + 1) || s
      return f.values.length ? (f.to.get(s) ?? '') : s
    }),
  )
  return { fields: taken.map((f) => f.field), rows, leftOut: body.length - kept.length }
}

/* --- values ------------------------------------------------------------------------------------------------------- */

/** Records that a reference may mean: by key, name, or id. */
export class Known {
  private readonly by = new Map<string, string | null>() // null: several have that name
  constructor(kind: Kind, rows: RecordRow[]) {
    for (const r of rows) {
      this.by.set(r.id, r.id)
      const key = kind.key.map((k) => r.fields[k])
      if (key.length && key.every((v) => typeof v === 'string' || typeof v === 'number')) this.add(key.join(' / '), r.id)
    }
    // A key says more than a name.
    const keys = new Set(this.by.keys())
    for (const r of rows) if (!keys.has(plainHead(r.name))) this.add(r.name, r.id)
  }
  private add(text: string, id: string): void {
    const p = plainHead(text)
    const had = this.by.get(p)
    this.by.set(p, had !== undefined && had !== id ? null : id)
  }
  /** undefined: nothing has that name; null: several have. */
  find(text: string): string | null | undefined {
    return this.by.get(text) ?? this.by.get(plainHead(text))
  }
}

export async function knownOf(kind: Kind, kinds: Map<string, Kind>): Promise<Map<string, Known>> {
  const all = new Map<string, Known>()
  for (const to of new Set(kind.fields.flatMap((f) => (f.type === 'ref' && f.to ? [f.to] : [])))) {
    const k = kinds.get(to)
    if (k) all.set(to, new Known(k, (await fetchAllRecords(to, { filter: ['state:ne:withdrawn'] }, 50_000)).items))
  }
  return all
}

export type Why = 'choice' | 'date' | 'clock' | 'number' | 'integer' | 'bool' | 'several' | 'long' | 'state'
export interface Cell {
  /** as the server reads it */
  value: string
  why?: Why
}

const words = all_texts.zh.import.words // in any language, whatever is shown
const YES = new Set(words.yes.split(' '))
const NO = new Set(words.no.split(' '))

/** A civil date however people write it; '' if it is none. */
export function dateOf(s: string): string {
  const t = s.normalize('NFKC').trim()
  const m = /^(\d{4})\s*[-/.\u5e74]\s*(\d{1,2})\s*[-/.\u6708]\s*(\d{1,2})\s*\u65e5?(?:[T ].*)?$/.exec(t) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(t)
  let y = 0
  let mo = 0
  let d = 0
  if (m) [y, mo, d] = [Number(m[1]), Number(m[2]), Number(m[3])]
  else if (/^\d{5}(\.\d+)?$/.test(t) && Number(t) > 10_000) return new Date(Date.UTC(1899, 11, 30) + Math.floor(Number(t)) * 86400000).toISOString().slice(0, 10)
  else return ''
  const at = new Date(Date.UTC(y, mo - 1, d))
  return at.getUTCFullYear() === y && at.getUTCMonth() === mo - 1 && at.getUTCDate() === d ? at.toISOString().slice(0, 10) : ''
}

/** A time of day however people write it, or as a spreadsheet keeps it: a part of a day. */
export function timeOf(s: string): number | null {
  if (!/^0\.\d+$/.test(s)) return clockNumber(s)
  const minutes = Math.round(Number(s) * 1440)
  return minutes < 1440 ? Math.floor(minutes / 60) * 100 + (minutes % 60) : null
}

function one(f: KindField, raw: string, known: Map<string, Known>): Cell {
  const s = raw.trim()
  if (f.type === 'choice') {
    const p = plainHead(s)
    const o = f.options?.find((x) => x.id === s) ?? f.options?.find((x) => [x.id, x.label?.zh, x.label?.en].some((l) => l && plainHead(l) === p))
    return o ? { value: o.id } : { value: s, why: 'choice' }
  }
  if (f.type === 'date') {
    const d = dateOf(s)
    return d ? { value: d } : { value: s, why: 'date' }
  }
  if (f.clock) {
    const n = timeOf(s)
    return n === null ? { value: s, why: 'clock' } : { value: clockTime(n) }
  }
  if (f.type === 'bool') {
    const b = s.normalize('NFKC').toLowerCase()
    return YES.has(b) ? { value: 'true' } : NO.has(b) ? { value: 'false' } : { value: s, why: 'bool' }
  }
  if (f.type === 'integer' || f.type === 'decimal') {
    const n = s.normalize('NFKC').replace(/[,\s]/g, '')
    const whole = n.replace(/\.0+$/, '')
    if (f.type === 'integer') return /^-?\d{1,18}$/.test(whole) ? { value: whole } : { value: s, why: 'integer' }
    return /^-?\d+(\.\d+)?$/.test(n) ? { value: n } : { value: s, why: 'number' }
  }
  if (f.type === 'ref') {
    if (s.startsWith('id:')) return { value: s }
    const id = known.get(f.to ?? '')?.find(s)
    if (id === null) return { value: s, why: 'several' }
    return { value: id ? 'id:' + id : s } // it may be a row of the same table: the server knows
  }
  const max = Number(f.max)
  if (max && [...raw].length > max) return { value: raw, why: 'long' }
  return { value: f.type === 'longtext' ? raw : s }
}

/** A cell of the table as the server reads it, and what is wrong with it. */
export function convert(kind: Kind, name: string, raw: string, known: Map<string, Known>): Cell {
  const s = raw.trim()
  if (s === '' || s === '-') return { value: s }
  if (name === ID) return { value: s }
  if (name === STATE) {
    const p = plainHead(s)
    const state = kind.states.find((x) => [x.id, x.label?.zh, x.label?.en].some((l) => l && plainHead(l) === p))
    return state ? { value: state.id } : { value: s, why: 'state' }
  }
  const f = kind.fields.find((x) => x.name === name)
  if (!f) return { value: s }
  if (!f.list) return one(f, raw, known)
  const closed = f.type === 'choice' || f.type === 'ref' || f.names === 'requirement'
  const parts = s.split(closed ? /[;；、，,\n]/ : /[;；\n]/).map((x) => x.trim()).filter(Boolean)
  const cells = parts.map((x) => one(f, x, known))
  // Names may hold the very signs that part them.
  if (closed && cells.some((c) => c.why) && parts.length > 1) {
    const whole = one(f, s, known)
    if (!whole.why) return whole
  }
  const bad = cells.find((c) => c.why)
  return { value: cells.map((c) => c.value).join(';'), ...(bad?.why ? { why: bad.why } : {}) }
}
