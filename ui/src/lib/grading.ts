// SPDX-License-Identifier: Apache-2.0
// How a level or a grade follows from the harm: the same as the packs' rules work out. The page shows it while it is
// being answered; what counts is the verdict of the rule on what was saved, which stands beside it.
import type { Requirement } from '@/lib/catalog'
import type { Fields } from '@/lib/queries'

/* --- protection level: object of harm against degree ------------------------------------------------------------ */

export const OBJECTS = ['rights', 'public', 'state'] as const
export const DEGREES = ['none', 'ordinary', 'serious', 'grave'] as const
export const PARTS = ['s', 'a'] as const
export type Part = (typeof PARTS)[number]

const LEVELS: Record<string, Record<string, number>> = {
  rights: { none: 1, ordinary: 1, serious: 2, grave: 2 },
  public: { none: 1, ordinary: 2, serious: 3, grave: 4 },
  state: { none: 1, ordinary: 3, serious: 4, grave: 5 },
}

export function levelAt(object: string, degree: string): number {
  return LEVELS[object]?.[degree] ?? 1
}

export interface Worked {
  /** null while an answer is missing */
  value: number | null
  /** what it follows from: the objects or attributes of the greatest harm */
  from: { what: string; degree: string }[]
  given: number
}

/** The level for information (s) or service (a): the highest over the three objects. */
export function workLevel(fields: Fields, part: Part): Worked {
  const answers = OBJECTS.flatMap((what) => {
    const degree = fields[`${part}_${what}`]
    return typeof degree === 'string' && degree ? [{ what, degree, level: levelAt(what, degree) }] : []
  })
  if (answers.length < OBJECTS.length) return { value: null, from: [], given: answers.length }
  const value = Math.max(...answers.map((x) => x.level))
  return { value, from: answers.filter((x) => x.level === value), given: answers.length }
}

/* --- grade of data: how far against how badly ------------------------------------------------------------------- */

export const ATTRIBUTES = ['impact_confidentiality', 'impact_integrity', 'impact_availability'] as const
export const IMPACTS = ['serious', 'medium', 'light', 'none'] as const

/** The table's cells, which are settings of the requirement. */
export type GradeTable = Record<string, number>

export function gradeTable(requirements: Requirement[]): GradeTable {
  const own = requirements.find((r) => r.rule === 'data_graded')
  const given = (own?.with ?? {}) as Record<string, unknown>
  const out: GradeTable = {}
  for (const cell of ['wide_serious', 'wide_medium', 'wide_light', 'own_serious', 'own_medium', 'own_light']) {
    const n = Number(given[cell])
    if (Number.isInteger(n) && n > 0) out[cell] = n
  }
  return out
}

export function gradeAt(table: GradeTable, scope: unknown, impact: string, open: unknown): number | null {
  if (typeof scope !== 'string' || !scope) return null
  if (impact === 'none') return 1
  const own = scope === 'own_institution'
  if (own && impact === 'light' && open === 'public') return 1
  return table[`${own ? 'own' : 'wide'}_${impact}`] ?? null
}

/** The grade by the worst of the three attributes. */
export function workGrade(table: GradeTable, fields: Fields): Worked {
  const answers = ATTRIBUTES.flatMap((what) => {
    const degree = fields[what]
    return typeof degree === 'string' && degree ? [{ what, degree }] : []
  })
  const who = fields.impact_object
  if (answers.length < ATTRIBUTES.length || !fields.impact_scope || !Array.isArray(who) || !who.length)
    return { value: null, from: [], given: answers.length }
  const worst = IMPACTS.find((i) => answers.some((x) => x.degree === i))!
  return {
    value: gradeAt(table, fields.impact_scope, worst, fields.openness),
    from: answers.filter((x) => x.degree === worst),
    given: answers.length,
  }
}
