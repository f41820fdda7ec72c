// SPDX-License-Identifier: Apache-2.0
// What was written here: the page reads it again at once, and not once more when the feed tells of it.
import { session } from '@/lib/session'
import { covers, type News } from '@/lib/stale'

interface Own {
  inst: string
  /** number of the newest entry */
  seq: number
  news: News
}
let waiting: Own | undefined // written, and not yet read again
let read: Own | undefined

/** A record was written. @param inst in view when it was asked for: by the answer it may be another one */
export function wrote(record: { kind: string; id: string; seq: number }, inst: string): void {
  if (inst !== session.inst) return
  const had = waiting?.inst === inst ? waiting : undefined
  const kinds = { ...had?.news.kinds }
  kinds[record.kind] = [...(kinds[record.kind] ?? []), record.id]
  // Which kinds are of those who act the server says, with its event.
  waiting = { inst, seq: Math.max(record.seq, had?.seq ?? 0), news: { judgement: true, people: false, kinds } }
}

/** Now it is read again. @param common is it a kind of the installation? Its records are numbered in another ledger.
 * @return what was written since the last time; undefined: nothing that is known of, or not of one ledger alone */
export function takeWritten(common: (kind: string) => boolean): News | undefined {
  const told = waiting
  waiting = undefined
  if (told?.inst !== session.inst || Object.keys(told.news.kinds ?? {}).some(common)) return undefined
  read = told
  return told.news
}

/** Was all that an event tells read again already? @param size entries of the ledger at the event */
export function wasRead(size: number, news: News): boolean {
  return read?.inst === session.inst && !news.judgement && size <= read.seq + 1 && covers(read.news, news)
}
