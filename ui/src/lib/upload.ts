// SPDX-License-Identifier: Apache-2.0
// Files on their way to the server, in pieces: paused, gone on with after a lost connection, and after a reload when
// the person chooses the same file again (the browser remembers the upload, it cannot keep the file). A queue lives
// as long as the page: one may look at something else meanwhile.
import { reactive } from 'vue'
import { ApiError, errorOf, raw, type Schemas } from '@/api/client'
import { fetchRecord, type RecordRow } from '@/lib/queries'
import { session } from '@/lib/session'
import { onOther } from '@/lib/signed'
import { all } from '@/text/all'

const BASE = '/api/v1/evidence'
const PIECE = 1 << 20
const PIECE_BIG = 4 << 20
const BIG = 64 << 20
/** Files up to here are hashed before they are sent: one that is there already need not be sent at all. */
const HASH_FIRST = 64 << 20
const PAUSES_S = [1, 2, 4, 8, 15, 30]
const KEEP_MS = 7 * 24 * 3600 * 1000 // as long as the server keeps an upload nobody touches

export type Stage =
  | 'waiting' // for those before it
  | 'sending'
  | 'retrying' // the server was not reached; tried again by itself
  | 'paused'
  | 'failed'
  | 'there' // a record has this file already
  | 'sent' // its record is to be filled in
  | 'done' // its record is created

export interface Upload {
  key: number
  file: File
  stage: Stage
  sent: number
  /** of the server; '' before it began */
  id: string
  /** seconds until the next try */
  pause: number
  error: unknown
  digest: string
  sm3: string
  record: RecordRow | null
}

export interface Remembered {
  id: string
  name: string
  size: number
  modified: number
  at: number
}

/* --- what the browser remembers of uploads that are not finished ---------------------------------------------- */

const STORE = 'yunjian.uploads'

function loadKept(): Remembered[] {
  try {
    const all = JSON.parse(localStorage.getItem(STORE) ?? '[]') as Remembered[]
    return Array.isArray(all) ? all.filter((r) => typeof r.id === 'string' && Date.now() - r.at < KEEP_MS) : []
  } catch {
    return []
  }
}
export const remembered = reactive<Remembered[]>(loadKept())

function keep(): void {
  try {
    localStorage.setItem(STORE, JSON.stringify(remembered))
  } catch {
    /* private window: a reload begins anew */
  }
}
function remember(u: Upload): void {
  drop(u.id)
  remembered.push({ id: u.id, name: u.file.name, size: u.file.size, modified: u.file.lastModified, at: Date.now() })
  keep()
}
function drop(id: string): void {
  const at = remembered.findIndex((r) => r.id === id)
  if (at >= 0) remembered.splice(at, 1)
  keep()
}

/** Forget an upload that was not finished, here and at the server. */
export function forget(r: Remembered): void {
  drop(r.id)
  void raw(`${BASE}/uploads/${r.id}`, { method: 'DELETE' }).catch(() => undefined)
}

/* --- queues ----------------------------------------------------------------------------------------------------- */

const queues = new Map<string, Upload[]>()
const aborts = new Map<number, AbortController>()
const wakes = new Map<number, () => void>()
let keys = 0
/* What one account was sending is not the next one's; the files are not kept, but their names are. */
onOther(() => {
  for (const q of queues.values()) for (const u of q) if (u.stage === 'sending' || u.stage === 'retrying' || u.stage === 'waiting') pause(u)
  queues.clear()
})

/** The queue of that name in the institution in view. */
export function queueOf(name: string): Upload[] {
  const full = session.inst + '/' + name
  let q = queues.get(full)
  if (!q) queues.set(full, (q = reactive<Upload[]>([]) as Upload[]))
  return q
}

/** Is some upload of any queue known under this id? Then it need not be offered again. */
export function underWay(id: string): boolean {
  return [...queues.values()].some((q) => q.some((u) => u.id === id))
}

const sameFile = (u: Upload, f: File) => u.file.name === f.name && u.file.size === f.size && u.file.lastModified === f.lastModified

export function addFiles(queue: Upload[], files: File[]): void {
  for (const file of files) {
    if (queue.some((u) => u.stage !== 'failed' && u.stage !== 'done' && sameFile(u, file))) continue
    const past = remembered.find((r) => r.name === file.name && r.size === file.size && r.modified === file.lastModified && !underWay(r.id))
    queue.push({ key: ++keys, file, stage: 'waiting', sent: 0, id: past?.id ?? '', pause: 0, error: null, digest: '', sm3: '', record: null })
  }
  void work(queue)
}

/** One after the other: the connection is the bottleneck, and what is first is done first. */
async function work(queue: Upload[]): Promise<void> {
  if (queue.some((u) => u.stage === 'sending' || u.stage === 'retrying')) return
  const next = queue.find((u) => u.stage === 'waiting')
  if (!next) return
  await send(next)
  void work(queue)
}

export function pause(u: Upload): void {
  u.stage = 'paused'
  aborts.get(u.key)?.abort()
  wakes.get(u.key)?.()
}
export function resume(queue: Upload[], u: Upload): void {
  u.error = null
  u.stage = 'waiting'
  void work(queue)
}
/** Try at once what would be tried later. */
export function now(u: Upload): void {
  wakes.get(u.key)?.()
}
export function cancel(queue: Upload[], u: Upload): void {
  const begun = u.id && u.stage !== 'sent' && u.stage !== 'done' && u.stage !== 'there'
  if (u.stage === 'sending' || u.stage === 'retrying') pause(u)
  if (begun) forget({ id: u.id, name: '', size: 0, modified: 0, at: 0 })
  const at = queue.indexOf(u)
  if (at >= 0) queue.splice(at, 1)
  void work(queue)
}

/* --- sending ---------------------------------------------------------------------------------------------------- */

async function ask(u: Upload, path: string, init: RequestInit): Promise<Response> {
  const abort = new AbortController()
  aborts.set(u.key, abort)
  try {
    return await raw(BASE + path, { ...init, signal: abort.signal })
  } finally {
    aborts.delete(u.key)
  }
}

async function refused(r: Response): Promise<ApiError> {
  return errorOf(r.status, await r.json().catch(() => undefined))
}

async function hashOf(file: File): Promise<string> {
  if (!globalThis.crypto?.subtle || file.size > HASH_FIRST) return ''
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(hash), (b) => b.toString(16).padStart(2, '0')).join('')
}

/** The record of evidence with this digest in the institution in view, if there is one. */
async function recordOf(digest: string): Promise<RecordRow | null> {
  try {
    return (await fetchRecord('evidence', digest)).record
  } catch (e) {
    if (e instanceof ApiError && e.status === 404) return null
    throw e
  }
}

/** Where does the upload stand? -1: the server does not know it (any more). */
async function offsetOf(u: Upload): Promise<number> {
  const r = await ask(u, '/uploads/' + u.id, { method: 'HEAD' })
  if (r.status === 404) return -1
  if (!r.ok) throw await refused(r)
  return Number(r.headers.get('Upload-Offset') ?? 0)
}

async function begin(u: Upload): Promise<void> {
  if (u.id) {
    const at = await offsetOf(u)
    if (at >= 0) {
      u.sent = at
      remember(u)
      return
    }
    drop(u.id)
    u.id = ''
  }
  const r = await ask(u, '', { method: 'POST', headers: { 'Upload-Length': String(u.file.size) } })
  if (!r.ok) throw await refused(r)
  u.id = ((await r.json()) as Schemas['Blob']).upload ?? ''
  u.sent = 0
  remember(u)
}

/** One piece; true when the file is whole. */
async function piece(u: Upload): Promise<boolean> {
  const size = u.file.size > BIG ? PIECE_BIG : PIECE
  const r = await ask(u, '/uploads/' + u.id, {
    method: 'PATCH',
    headers: { 'Upload-Offset': String(u.sent), 'Content-Type': 'application/octet-stream' },
    body: u.file.slice(u.sent, u.sent + size),
  })
  if (r.status === 201) {
    const blob = (await r.json()) as Schemas['Blob']
    u.digest = blob.digest ?? ''
    u.sm3 = blob.sm3 ?? ''
    u.sent = u.file.size
    drop(u.id)
    return true
  }
  if (r.status === 409 || r.status === 404) {
    await begin(u) // it stands elsewhere, or is gone: ask
    return false
  }
  if (!r.ok) throw await refused(r)
  u.sent = Number(r.headers.get('Upload-Offset') ?? u.sent)
  return false
}

const passing = (e: unknown) => e instanceof ApiError && (e.status === 0 || e.status === 429 || e.status === 502 || e.status === 503 || e.status === 504)

async function send(u: Upload): Promise<void> {
  let tries = 0
  let conflicts = 0
  u.stage = 'sending'
  u.error = null
  const stopped = () => u.stage !== 'sending'
  for (;;) {
    try {
      if (!u.digest) {
        const known = await hashOf(u.file)
        if (stopped()) return
        u.record = known ? await recordOf(known) : null
        if (u.record) return arrived(u, known)
        await begin(u)
        for (;;) {
          if (stopped()) return
          const before = u.sent
          if (await piece(u)) break
          tries = 0
          // Somebody else sends the same upload: what cannot go on must not go round for ever.
          conflicts = u.sent <= before ? conflicts + 1 : 0
          if (conflicts > 20) throw new ApiError(409, 'conflict', { zh: all.zh.evidence.upload.elsewhere, en: all.en.evidence.upload.elsewhere }, undefined, undefined, undefined, undefined, undefined)
        }
      }
      u.record = await recordOf(u.digest)
      return arrived(u, u.digest)
    } catch (e) {
      if (stopped()) return
      u.error = e
      if (!passing(e)) {
        u.stage = 'failed'
        return
      }
      u.stage = 'retrying'
      await nap(u, PAUSES_S[Math.min(tries++, PAUSES_S.length - 1)]!)
      if (u.stage !== 'retrying') return
      u.stage = 'sending'
    }
  }
}

function arrived(u: Upload, digest: string): void {
  u.digest = digest
  u.sent = u.file.size
  u.error = null
  u.stage = u.record ? 'there' : 'sent'
  if (u.id) {
    const past = remembered.find((r) => r.id === u.id)
    if (past) forget(past)
  }
}

/** Wait, counting down where it is seen; woken by a pause, a wish to try now, or the network coming back. */
async function nap(u: Upload, seconds: number): Promise<void> {
  let woken = false
  const wake = () => {
    woken = true
    go()
  }
  let go = () => undefined as void
  wakes.set(u.key, wake)
  window.addEventListener('online', wake)
  for (u.pause = seconds; u.pause > 0 && !woken; u.pause--) {
    await new Promise<void>((done) => {
      go = done
      window.setTimeout(done, 1000)
    })
  }
  u.pause = 0
  window.removeEventListener('online', wake)
  wakes.delete(u.key)
}
