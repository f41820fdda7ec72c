// SPDX-License-Identifier: Apache-2.0
// The ways out of what is missing (lib/ways.ts), as the page goes them: a form opens with all filled in that is known, and
// one comes back to where one was.
import { useRouter } from 'vue-router'
import { useKinds, useRequirements } from '@/lib/catalog'
import { fetchRecord, fetchRecords } from '@/lib/queries'
import { complete, waysOut, type Given, type Missing, type Way } from '@/lib/ways'

export type { Way } from '@/lib/ways'

/** @param of the record that is to be moved, where that is known */
export function useWaysOut(): (miss: Missing & { requirement: string }, of?: { kind: string; id: string }) => Way[] {
  const { byName } = useKinds()
  const { byId } = useRequirements()
  return (miss, of) => waysOut(byName.value, byId.value.get(miss.requirement), miss, of)
}

/** Go there, coming back to `back` (or to where one is) when it is saved.
 *  @param of the record that is to be moved: a new record of which there is none begins from it */
export function useGoOut(): (way: Way, subject: { kind: string; id?: string | null }, back?: string, of?: { kind: string; id: string }) => Promise<void> {
  const router = useRouter()
  const { byName } = useKinds()
  return async (way, subject, back, of) => {
    const here = back ?? router.currentRoute.value.fullPath
    const given: Given = {}
    const from = subject.id ? { kind: subject.kind, id: subject.id } : of
    const kind = byName.value.get(from?.kind ?? '')
    let id = way.id
    if (from && kind && (way.what === 'new' || way.what === 'named')) {
      try {
        const read = async (k: string, id: string) => (await fetchRecord(k, id)).record.fields
        const find = async (k: string, filter: string[]) => (await fetchRecords(k, { filter, limit: 2 })).items.map((r) => r.id)
        if (way.what === 'new') Object.assign(given, await complete(byName.value, way, { kind, id: from.id }, read, find))
        else id = String((await read(from.kind, from.id))[way.field ?? ''] ?? '')
      } catch {
        /* the form opens all the same */
      }
    }
    // What the subject was to name may have gone: then the subject is what is completed.
    const params = way.what === 'new' ? { kind: way.kind.kind } : id ? { kind: way.kind.kind, id } : { kind: from?.kind ?? '', id: from?.id ?? '' }
    if (way.look) {
      await router.push({ name: 'record', params })
      return
    }
    await router.push({ name: way.what === 'new' ? 'record-new' : 'record-edit', params, query: { ...given, ...way.given, back: here } })
  }
}
