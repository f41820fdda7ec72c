// SPDX-License-Identifier: Apache-2.0
// Instruments of the server: what may be looked into, by whom, and what was found.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { actingHeaders, api, call, type Schemas } from '@/api/client'
import type { Job } from '@/lib/jobs'
import { session } from '@/lib/session'

export type Instruments = Schemas['Instruments']
export type Work = Instruments['works'][number]
export type Medium = Instruments['media'][number]
export type Order = Schemas['JobOrder']
/** What a work is asked for with, beside its name and the title. */
export type OrderBody = Omit<Order, 'work' | 'title'>
export type Spot = { place: string; path: string }
/** Under which evidence something is kept. */
export type Kept = { evidence: string; digest: string }

/** Works whose jobs count bytes. */
export const INSTRUMENT_WORKS = new Set(['compare', 'scan', 'wipe'])

export interface Finding {
  status: string
  path: string
  reason?: string
  movedTo?: string
}
/** Of a job of work "compare": docs/instruments.md. */
export interface Compared {
  fine: boolean
  counts: Record<'expected' | 'matched' | 'changed' | 'missing' | 'extra' | 'unreadable' | 'skipped', number>
  bytes: number
  moved: number
  findings: Finding[]
  findingsLeftOut: number
  expected: { name: string }
  found?: { name: string }
  statement?: Kept
}

export interface WipeInput {
  medium: string
  record: string
  serial: string
  destination: string
  sample?: number
  plan: { mediaType: string; model: string; bytes: number; grade: number; wanted: string; method: string; outcome: string; basis: string; passes: number; toWrite: number; limits: string[] }
}
/** Of a job of work "wipe". */
export interface Wiped {
  fine: boolean
  outcome: string
  technique: string
  medium: { target: string; serial: string; bytes: number }
  performedBy: { name: string }
  witnessedBy: { name: string }
  verification: { bytesRead: number; bytesToRead: number; canaries: number; canariesFound: number }
  limits: string[]
  failures?: { kind: string; from: number; to: number }[]
  moreFailures?: boolean
  misses?: Schemas['Miss'][]
  statement?: Kept
}
const BY_DEVICE = /^(secure-discard|ata-|nvme-)/
/** Of a wipe that runs: first all is written, then read back. */
export function wipePhase(j: Job): 'write' | 'device' | 'read' {
  const plan = (j.input as unknown as WipeInput).plan
  if (j.done >= plan.toWrite * plan.passes) return 'read'
  return BY_DEVICE.test(plan.method) ? 'device' : 'write'
}

/** People copy paths from elsewhere: what only looks different is taken as it is meant. */
export const tidySpot = (s: Spot): Spot => ({ place: s.place, path: s.path.trim().replace(/^(\.?\/)+/, '').replace(/\/+$/, '') })

/** Of a job of work "scan": docs/scan.md and docs/instruments.md. */
export interface Scanned {
  fine: boolean
  states: Record<'looked_into' | 'in_part' | 'not_looked_into' | 'skipped' | 'unreadable', number>
  bytes: number
  hits: number
  proposedGrade: number
  hitsByClass: Record<string, number>
  found: { path: string; hits: number; grade: number; count: Record<string, number> }[]
  foundLeftOut: number
  notLookedInto: { path: string; state: string; reason: string }[]
  notLookedIntoLeftOut: number
  ownNames: Record<string, { zh: string; en: string }>
  scanned: { name: string }
  inventory?: Kept
  statement?: Kept
}
/** Classes that are built in, whose names are the page's. */
export const SCAN_CLASSES = new Set(['resident_id', 'mobile', 'bank_card', 'account', 'name', 'address', 'travel_document', 'email', 'landline', 'plate', 'credit_code', 'private_key', 'sm2_private_key', 'cloud_key', 'password'])

export function useInstruments() {
  return useQuery({
    queryKey: computed(() => ['inst', session.inst, 'instruments', session.person]),
    queryFn: () => call(api.GET('/api/v1/institutions/{inst}/instruments', { params: { path: { inst: session.inst } }, headers: actingHeaders() })),
    enabled: computed(() => session.inst !== '' && !session.visit),
  })
}

export const order = (body: Order) => call(api.POST('/api/v1/institutions/{inst}/jobs', { params: { path: { inst: session.inst } }, headers: actingHeaders(), body }))

export const confirmJob = (id: string) =>
  call(api.POST('/api/v1/institutions/{inst}/jobs/{id}/witness', { params: { path: { inst: session.inst, id } }, headers: actingHeaders() }))

/** Bytes a second since it was begun, and the seconds that are left at that rate; by the server's clock. 0: not known yet. */
export function pace(j: Job): { rate: number; left: number } {
  const ms = j.started && j.heard ? Date.parse(j.heard) - Date.parse(j.started) : 0
  const rate = ms > 0 ? (j.done * 1000) / ms : 0
  return { rate, left: rate > 0 && j.total ? Math.max(0, j.total - j.done) / rate : 0 }
}

/** "1:05:09" */
export function clock(seconds: number): string {
  const s = Math.ceil(seconds)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`
}
