// SPDX-License-Identifier: Apache-2.0
// Language: Chinese first, English complete, switched at any time. Texts of the packs come in both languages
// from the server (`say`); the page's own stand in text/ (`t`).
import { computed, watchEffect } from 'vue'
import { createI18n } from 'vue-i18n'
import { all } from '@/text/all'
import { session } from '@/lib/session'

export type Lang = 'zh' | 'en'
export interface Text {
  zh: string | null
  en: string | null
}

export const i18n = createI18n({
  legacy: false,
  locale: session.lang,
  fallbackLocale: 'zh',
  messages: { zh: all.zh, en: all.en } as unknown as Record<string, Record<string, never>>,
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
})

export const lang = computed<Lang>(() => session.lang)

watchEffect(() => {
  i18n.global.locale.value = session.lang
  document.documentElement.lang = session.lang === 'zh' ? 'zh-CN' : 'en'
})

/** A text of the page: `t('record.save')`, `t('list.total', { n: 3 })`. Where it counts, "{n} day | {n} days" says what
 * it is for one and for any other number. */
export function t(key: string, values?: Record<string, unknown>): string {
  if (!values) return i18n.global.t(key)
  // As a text: in place of the number 0 the library would put the one that chooses.
  return 'n' in values ? i18n.global.t(key, { ...values, n: String(values.n) }, String(values.n) === '1' ? 1 : 2) : i18n.global.t(key, values)
}

/** A text of the packs in the language shown; the other one where it is missing. */
export function say(text: Text | null | undefined, otherwise = ''): string {
  if (!text) return otherwise
  const other = session.lang === 'zh' ? 'en' : 'zh'
  return text[session.lang] || text[other] || otherwise
}
