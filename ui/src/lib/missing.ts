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

/** Go there, coming back to `back` (or to where one is) when it is saved. */
export function useGoOut(): (way: Way, subjectKind: string, subjectId: string, back?: string) => Promise<void> {
  const router = useRouter()
  const { byName } = useKinds()
  return async (way, subjectKind, subjectId, back) => {
    const here = back ?? router.currentRoute.value.fullPath
    const given: Given = {}
    const kind = byName.value.get(subjectKind)
    if (way.what === 'new' && kind && subjectId) {
      try {
        const read = async (k: string, id: string) => (await fetchRecord(k, id)).record.fields
        const find = async (k: string, filter: string[]) => (await fetchRecords(k, { filter, limit: 2 })).items.map((r) => r.id)
        Object.assign(given, await complete(way, { kind, id: subjectId }, read, find))
      } catch {
        /* the form opens all the same */
      }
    }
    const params = { kind: way.kind.kind, ...(way.what === 'new' ? {} : { id: way.id }) }
    await router.push({ name: way.what === 'new' ? 'record-new' : 'record-edit', params, query: { ...given, ...way.given, back: here } })
  }
}
