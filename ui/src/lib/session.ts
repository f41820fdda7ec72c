// SPDX-License-Identifier: Apache-2.0
// What this browser remembers: language, institution, who is acting, and the moment that is looked at. Kept in
// localStorage; where that is forbidden, for as long as the page is open.
import { reactive, watch } from 'vue'

export interface Session {
  lang: 'zh' | 'en'
  /** id of the institution; '' before one is chosen */
  inst: string
  /** id of the person's record who acts; '' is the operator */
  person: string
  /** set while an inspector reads another institution, whose id stands in `inst`: what it is called, and the id of his own */
  visit: { name: string; home: string } | null
  /** a civil date: everything is shown as it was then, nothing can be changed; '' is now */
  asOf: string
}

const KEY = 'yunjian'

function load(): Partial<Session> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Session>
  } catch {
    return {}
  }
}

const kept = load()
export const session: Session = reactive({
  lang: kept.lang ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'),
  inst: kept.inst ?? '',
  person: kept.person ?? '',
  visit: kept.visit ?? null,
  asOf: '',
})

watch(session, (s) => {
  try {
    localStorage.setItem(KEY, JSON.stringify({ lang: s.lang, inst: s.inst, person: s.person, visit: s.visit }))
  } catch {
    /* private window: forget */
  }
})

/** The institution for which one acts: one's own, also while one reads another. */
export function ownInst(): string {
  return session.visit?.home ?? session.inst
}
