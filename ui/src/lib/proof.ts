// SPDX-License-Identifier: Apache-2.0
// Check in the browser that an entry is in the ledger: its leaf is hashed up the tree (RFC 6962) to the root that a
// signed checkpoint names, and its body is held against the salted digest in the leaf. With SHA-256 only, and only
// where the browser gives Web Crypto (https and loopback).

export interface Proof {
  index: number
  path: Uint8Array[]
  /** the signed note as it came */
  note: string
  origin: string
  size: number
  root: Uint8Array
}

const HEAD = 'c2sp.org/tlog-proof@v1'

export function fromBase64(s: string): Uint8Array {
  return Uint8Array.from(atob(s), (c) => c.charCodeAt(0))
}
export function fromHex(s: string): Uint8Array {
  return Uint8Array.from(s.match(/../g) ?? [], (h) => parseInt(h, 16))
}
export function hex(b: Uint8Array): string {
  return Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
}

/** A C2SP tlog-proof; null if it is none. */
export function parseProof(text: string): Proof | null {
  const gap = text.indexOf('\n\n')
  if (gap < 0) return null
  const lines = text.slice(0, gap).split('\n')
  const note = text.slice(gap + 2)
  const [origin = '', size = '', root = ''] = note.split('\n')
  const at = lines.findIndex((l) => l.startsWith('index '))
  if (lines[0] !== HEAD || at < 0 || !/^\d{1,15}$/.test(size)) return null
  try {
    return { index: Number(lines[at]!.slice(6)), path: lines.slice(at + 1).map(fromBase64), note, origin, size: Number(size), root: fromBase64(root) }
  } catch {
    return null
  }
}

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    all.set(p, at)
    at += p.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all))
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((x, i) => x === b[i])
const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Does the path lead from the leaf to the root? */
export async function included(leaf: string, p: Proof): Promise<boolean> {
  if (p.index >= p.size) return false
  let f = p.index
  let s = p.size - 1
  let r = await sha256(LEAF, new TextEncoder().encode(leaf))
  for (const h of p.path) {
    if (s === 0) return false
    if (f % 2 === 1 || f === s) {
      r = await sha256(NODE, h, r)
      while (f % 2 === 0 && f !== 0) {
        f = Math.floor(f / 2)
        s = Math.floor(s / 2)
      }
    } else r = await sha256(NODE, r, h)
    f = Math.floor(f / 2)
    s = Math.floor(s / 2)
  }
  return s === 0 && same(r, p.root)
}

/** Is this text what the leaf's digest covers? */
export async function bodyMatches(body: string, salt: string, leaf: string): Promise<boolean> {
  const said = /^\{"body":"([0-9a-f]{64})"/.exec(leaf)?.[1]
  return !!said && hex(await sha256(fromHex(salt), new TextEncoder().encode(body))) === said
}

/** The body as it stands in the answer, byte by byte: parsed and written again it could differ. */
export function bodyText(answer: string): string {
  const from = answer.indexOf('"body":')
  const to = answer.lastIndexOf(',"salt":')
  return from < 0 || to < from ? '' : answer.slice(from + 7, to)
}

/** Is the note signed by the key? undefined where this browser cannot tell (no Ed25519). */
export async function signed(note: string, vkey: string): Promise<boolean | undefined> {
  const [name = '', , key = ''] = vkey.trim().split('+')
  const raw = fromBase64(vkey.trim().split('+').slice(2).join('+') || key)
  const gap = note.indexOf('\n\n')
  const line = note.slice(gap + 2).split('\n').find((l) => l.startsWith('— ' + name + ' '))
  if (gap < 0 || !line || raw[0] !== 1) return undefined
  const signature = fromBase64(line.slice(line.lastIndexOf(' ') + 1)).slice(4)
  try {
    const k = await crypto.subtle.importKey('raw', raw.slice(1), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', k, signature, new TextEncoder().encode(note.slice(0, gap + 1)))
  } catch {
    return undefined
  }
}

export const canCheck = () => !!globalThis.crypto?.subtle
