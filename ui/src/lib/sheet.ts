// SPDX-License-Identifier: Apache-2.0
// Tables in and out of the browser: CSV in UTF-8 or GB18030, JSON Lines, and XLSX (a zip of XML). Loaded with the import page only.
// What comes in is somebody's file: sizes are limited before anything is unpacked, and nothing in it runs.
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { decodeText } from '@/lib/decode'

export interface Sheet {
  name: string
  rows: string[][]
}
/** What is wrong with the file, as a text of `import.bad`. */
export class SheetError extends Error {
  constructor(readonly reason: 'empty' | 'too_big' | 'too_many' | 'not_a_table' | 'old_xls' | 'quote') {
    super(reason)
  }
}

export const FILE_MAX = 64 << 20
const UNPACKED_MAX = 512 << 20
export const ROWS_MAX = 100_000
const COLUMNS_MAX = 1000
const TURN = 2000 // rows between two breaths

const breath = () => new Promise<void>((done) => window.setTimeout(done, 0))

export async function readSheets(file: File, progress: (done: number) => void): Promise<Sheet[]> {
  if (file.size === 0) throw new SheetError('empty')
  if (file.size > FILE_MAX) throw new SheetError('too_big')
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) throw new SheetError('old_xls')
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readXlsx(bytes, progress)
  const text = decodeText(bytes)
  return [{ name: file.name, rows: /^\s*\{/.test(text) ? await readJsonLines(text, progress) : await readCsv(text, progress) }]
}

/* --- JSON Lines: one object a line, as programs write lists --------------------------------------------------------- */

export async function readJsonLines(text: string, progress: (done: number) => void): Promise<string[][]> {
  const heads = new Map<string, number>()
  const rows: string[][] = [[]]
  const lines = text.split('\n')
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue
    let o: unknown
    try {
      o = JSON.parse(line)
    } catch {
      throw new SheetError('not_a_table')
    }
    if (typeof o !== 'object' || o === null || Array.isArray(o)) throw new SheetError('not_a_table')
    const row: string[] = []
    for (const [name, v] of Object.entries(o)) {
      if (v === null || typeof v === 'object') continue // what is no cell: counts by class, places
      if (!heads.has(name)) heads.set(name, heads.size)
      if (heads.size > COLUMNS_MAX) throw new SheetError('not_a_table')
      row[heads.get(name)!] = typeof v === 'boolean' ? (v ? 'yes' : 'no') : String(v)
    }
    rows.push(Array.from(row, (c) => c ?? ''))
    if (rows.length > ROWS_MAX + 1) throw new SheetError('too_many')
    if (rows.length % TURN === 0) {
      progress(i / lines.length)
      await breath()
    }
  }
  rows[0] = [...heads.keys()]
  return rows
}

/* --- CSV ---------------------------------------------------------------------------------------------------------- */

function separatorOf(text: string): string {
  const end = text.indexOf('\n')
  const head = end < 0 ? text : text.slice(0, end)
  const counts = [',', '\t', ';'].map((c) => [c, head.split(c).length] as const)
  return counts.reduce((a, b) => (b[1] > a[1] ? b : a))[0]
}

export async function readCsv(text: string, progress: (done: number) => void): Promise<string[][]> {
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
  if (text.includes('\0')) throw new SheetError('not_a_table')
  const separator = separatorOf(text)
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  const end = text.length
  while (at < end) {
    let cell = ''
    if (text[at] === '"') {
      at++
      for (;;) {
        const q = text.indexOf('"', at)
        if (q < 0) throw new SheetError('quote')
        cell += text.slice(at, q)
        at = q + 1
        if (text[at] !== '"') break
        cell += '"'
        at++
      }
    }
    const from = at
    while (at < end && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++
    cell += text.slice(from, at)
    row.push(cell)
    if (at < end && text[at] === separator) {
      at++
      if (at === end) row.push('')
      continue
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    rows.push(row)
    row = []
    if (rows.length > ROWS_MAX + 1) throw new SheetError('too_many') // one of them has the heads
    if (rows.length % TURN === 0) {
      progress(at / end)
      await breath()
    }
  }
  if (row.length) rows.push(row)
  return rows
}

/** A cell that a CSV reader gives back as it is. */
export function csvCell(s: string): string {
  return /[",\r\n]|^\s|\s$/.test(s) ? '"' + s.replace(/"/g, '""') + '"' : s
}

/* --- XLSX in -------------------------------------------------------------------------------------------------------- */

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
function plain(s: string): string {
  if (!s.includes('&') && !s.includes('_x')) return s
  return s
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, h: string, d: string, name: string) => {
      const code = h ? parseInt(h, 16) : d ? Number(d) : -1
      if (code >= 0) return code <= 0x10ffff ? String.fromCodePoint(code) : ''
      return ENTITIES[name] ?? all
    })
    .replace(/_x([0-9a-f]{4})_/gi, (_, h: string) => String.fromCharCode(parseInt(h, 16)))
}
const attribute = (tag: string, name: string): string => plain(new RegExp(`(?:^|[\\s:])${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

/** Text runs of a string, without those that only tell how it is read aloud. */
function runs(xml: string): string {
  let out = ''
  for (const m of xml.replace(/<(?:\w+:)?rPh[\s>][\s\S]*?<\/(?:\w+:)?rPh>/g, '').matchAll(/<(?:\w+:)?t(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?t>/g)) out += m[1]
  return plain(out)
}

const BUILT_IN_DATES = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58])

/** Which cell styles are dates? */
function dateStyles(xml: string): boolean[] {
  const own = new Map<number, boolean>()
  for (const m of xml.matchAll(/<(?:\w+:)?numFmt\s([^>]*)>/g)) {
    const code = attribute(m[1]!, 'formatCode').replace(/"[^"]*"|\\.|\[[^\]]*\]/g, '')
    own.set(Number(attribute(m[1]!, 'numFmtId')), /[ymd\u5e74\u6708\u65e5]/i.test(code) && !/^general$/i.test(code))
  }
  const formats = /<(?:\w+:)?cellXfs[\s>]([\s\S]*?)<\/(?:\w+:)?cellXfs>/.exec(xml)?.[1] ?? ''
  return [...formats.matchAll(/<(?:\w+:)?xf\s([^>]*)>/g)].map((m) => {
    const id = Number(attribute(m[1]!, 'numFmtId'))
    return own.get(id) ?? BUILT_IN_DATES.has(id)
  })
}

/** A spreadsheet's day number as a civil date. */
export function dayOf(serial: number, from1904 = false): string {
  const days = Math.floor(serial) + (from1904 ? 1462 : 0)
  return new Date(Date.UTC(1899, 11, 30) + days * 86400000).toISOString().slice(0, 10)
}

/** As people see it: without the noise of binary fractions. */
function numberText(v: string): string {
  if (/^-?\d{1,15}$/.test(v)) return v
  const n = Number(v)
  if (!Number.isFinite(n)) return v
  if (Number.isInteger(n) && Math.abs(n) < 1e21) return BigInt(n).toString()
  const s = String(Number(n.toPrecision(15)))
  return /e/i.test(s) ? n.toFixed(12).replace(/\.?0+$/, '') : s
}

function columnOf(ref: string): number {
  let n = 0
  for (const c of ref) {
    const x = c.charCodeAt(0) - 64
    if (x < 1 || x > 26) break
    n = n * 26 + x
  }
  return n - 1
}

async function readXlsx(bytes: Uint8Array, progress: (done: number) => void): Promise<Sheet[]> {
  let sum = 0
  let parts: Record<string, Uint8Array>
  try {
    parts = unzipSync(bytes, {
      filter(f) {
        const wanted = /^xl\/(workbook\.xml|styles\.xml|sharedStrings\.xml|_rels\/workbook\.xml\.rels|worksheets\/[^/]+\.xml)$/i.test(f.name)
        if (wanted) sum += f.originalSize
        if (sum > UNPACKED_MAX) throw new SheetError('too_big')
        return wanted
      },
    })
  } catch (e) {
    throw e instanceof SheetError ? e : new SheetError('not_a_table')
  }
  const part = (name: string) => (parts[name] ? strFromU8(parts[name]) : '')
  const book = part('xl/workbook.xml')
  if (!book) throw new SheetError('not_a_table')
  const targets = new Map([...part('xl/_rels/workbook.xml.rels').matchAll(/<(?:\w+:)?Relationship\s([^>]*)>/g)].map((m) => [attribute(m[1]!, 'Id'), attribute(m[1]!, 'Target')]))
  const shared = [...part('xl/sharedStrings.xml').matchAll(/<(?:\w+:)?si(?:\s[^>]*)?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?si>)/g)].map((m) => runs(m[1] ?? ''))
  const dates = dateStyles(part('xl/styles.xml'))
  const from1904 = /date1904="(1|true)"/.test(book)
  const sheets: Sheet[] = []
  for (const m of book.matchAll(/<(?:\w+:)?sheet\s([^>]*)>/g)) {
    if (/hidden/i.test(attribute(m[1]!, 'state'))) continue
    const target = (targets.get(attribute(m[1]!, 'id')) ?? '').replace(/^\/?(xl\/)?/, '')
    const xml = part('xl/' + target)
    if (xml) sheets.push({ name: attribute(m[1]!, 'name'), rows: await readSheet(xml, shared, dates, from1904, progress) })
  }
  if (!sheets.length) throw new SheetError('not_a_table')
  return sheets
}

async function readSheet(xml: string, shared: string[], dates: boolean[], from1904: boolean, progress: (done: number) => void): Promise<string[][]> {
  const rows: string[][] = []
  const cells = /<(?:\w+:)?(row|c)(\s[^>]*?)?(\/)?>/g
  let turn = 0
  let m: RegExpExecArray | null
  while ((m = cells.exec(xml))) {
    const tag = m[2] ?? ''
    if (m[1] === 'row') {
      const n = Number(attribute(tag, 'r')) || rows.length + 1
      if (n > ROWS_MAX + 1) throw new SheetError('too_many')
      while (rows.length < n) rows.push([])
      if (++turn % TURN === 0) {
        progress(m.index / xml.length)
        await breath()
      }
      continue
    }
    const row = rows[rows.length - 1]
    if (!row || m[3]) continue
    const end = xml.indexOf('</', cells.lastIndex)
    const stop = /<\/(?:\w+:)?c>/g
    stop.lastIndex = end < 0 ? xml.length : end
    const closed = stop.exec(xml)
    const inner = xml.slice(cells.lastIndex, closed ? closed.index : xml.length)
    cells.lastIndex = closed ? stop.lastIndex : xml.length
    const ref = attribute(tag, 'r')
    const column = ref ? columnOf(ref) : row.length
    if (column < 0 || column >= COLUMNS_MAX) continue
    const type = attribute(tag, 't')
    const v = plain(/<(?:\w+:)?v(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?v>/.exec(inner)?.[1] ?? '')
    let text = ''
    if (type === 's') text = shared[Number(v)] ?? ''
    else if (type === 'inlineStr') text = runs(inner)
    else if (type === 'b') text = v === '1' ? 'true' : 'false'
    else if (type === 'd') text = v.slice(0, 10)
    else if (type === 'str' || type === 'e') text = v
    else if (v !== '') text = dates[Number(attribute(tag, 's') || 0)] && Number(v) >= 1 ? dayOf(Number(v), from1904) : numberText(v)
    if (text !== '') {
      while (row.length < column) row.push('')
      row[column] = text
    }
  }
  return rows
}

/* --- XLSX out ------------------------------------------------------------------------------------------------------- */

export interface OutSheet {
  name: string
  rows: string[][]
  widths?: number[]
  /** column -> range of another sheet that lists its choices: "'Choices'!$A$2:$A$5" */
  choices?: Map<number, string>
}

function escaped(s: string): string {
  // eslint-disable-next-line no-control-regex
  return s.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
export function columnName(n: number): string {
  let s = ''
  for (n++; n > 0; n = Math.floor((n - 1) / 26)) s = String.fromCharCode(65 + ((n - 1) % 26)) + s
  return s
}

/** A workbook of texts; the first row of each sheet is its head. */
export function writeXlsx(sheets: OutSheet[]): Uint8Array {
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const rel = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const files: Record<string, Uint8Array> = {}
  const put = (name: string, xml: string) => (files[name] = strToU8(head + xml))
  put(
    '[Content_Types].xml',
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>' +
      '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>' +
      sheets.map((_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`).join('') +
      '</Types>',
  )
  put('_rels/.rels', `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
  put('xl/workbook.xml', `<workbook xmlns="${main}" xmlns:r="${rel}"><sheets>${sheets.map((s, i) => `<sheet name="${escaped(s.name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join('')}</sheets></workbook>`)
  put(
    'xl/_rels/workbook.xml.rels',
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${sheets.map((_, i) => `<Relationship Id="rId${i + 1}" Type="${rel}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`).join('')}<Relationship Id="rId${sheets.length + 1}" Type="${rel}/styles" Target="styles.xml"/></Relationships>`,
  )
  put(
    'xl/styles.xml',
    `<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE8EFF8"/></patternFill></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>` +
      '<cellXfs count="3"><xf/><xf fontId="1" fillId="2" applyFont="1" applyFill="1"/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>',
  )
  sheets.forEach((s, i) => {
    const rows = s.rows.map((r, y) => `<row r="${y + 1}">${r.map((v, x) => (v === '' ? '' : `<c r="${columnName(x)}${y + 1}" t="inlineStr" s="${y ? 2 : 1}"><is><t xml:space="preserve">${escaped(v)}</t></is></c>`)).join('')}</row>`).join('')
    // Cells are texts from the start, so that codes keep their zeros.
    const cols = `<cols>${(s.rows[0] ?? ['']).map((_, x) => `<col min="${x + 1}" max="${x + 1}" width="${s.widths?.[x] ?? 18}" style="2" customWidth="1"/>`).join('')}</cols>`
    const checks = [...(s.choices ?? [])].map(([x, range]) => `<dataValidation type="list" allowBlank="1" sqref="${columnName(x)}2:${columnName(x)}20001"><formula1>${escaped(range)}</formula1></dataValidation>`)
    put(
      `xl/worksheets/sheet${i + 1}.xml`,
      `<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>${cols}<sheetData>${rows}</sheetData>${checks.length ? `<dataValidations count="${checks.length}">${checks.join('')}</dataValidations>` : ''}</worksheet>`,
    )
  })
  return zipSync(files, { level: 6 })
}
