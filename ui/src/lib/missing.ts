// SPDX-License-Identifier: Apache-2.0
// From a requirement that is not met to the forms that can change it: the kinds its rule reads (the server tells),
// those first that name the subject, so that the form opens with the subject filled in.
import type { RouteLocationRaw } from 'vue-router'
import { useKinds, useRequirements, type Kind } from '@/lib/catalog'

export interface WayOut {
  kind: Kind
  /** a new record that names the subject, or the subject itself to be completed */
  what: 'new' | 'subject'
  to: RouteLocationRaw
}

/** Kinds that are entered once and only looked up by rules: never the way out. */
const BACKGROUND = new Set(['person', 'role', 'calendar', 'setting', 'institution', 'evidence', 'membership', 'delegation'])
const MOST = 4

export function useWaysOut(): (requirement: string, subjectKind: string, subjectId: string) => WayOut[] {
  const { byName } = useKinds()
  const { byId } = useRequirements()
  return (requirement, subjectKind, subjectId) => {
    const reads = byId.value.get(requirement)?.reads ?? []
    const ways: WayOut[] = []
    const subject = byName.value.get(subjectKind)
    for (const name of reads) {
      const kind = byName.value.get(name)
      if (!kind || BACKGROUND.has(name) || name === subjectKind || kind.scope === 'installation') continue
      const field = kind.fields.find((f) => f.type === 'ref' && f.to === subjectKind)
      if (field) {
        const query = { [field.name]: subjectId }
        ways.push({ kind, what: 'new', to: { name: 'record-new', params: { kind: name }, query } })
      }
    }
    if (subject && reads.includes(subjectKind) && subject.kind !== 'institution')
      ways.push({ kind: subject, what: 'subject', to: { name: 'record-edit', params: { kind: subjectKind, id: subjectId } } })
    if (!ways.length) {
      for (const name of reads) {
        const kind = byName.value.get(name)
        if (kind && !BACKGROUND.has(name) && name !== subjectKind && kind.scope !== 'installation')
          ways.push({ kind, what: 'new', to: { name: 'record-new', params: { kind: name } } })
      }
    }
    return ways.slice(0, MOST)
  }
}
