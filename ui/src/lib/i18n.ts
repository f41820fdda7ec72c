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

/** A text of the page: `t('record.save')`, `t('list.total', { n: 3 })`. */
export function t(key: string, values?: Record<string, unknown>): string {
  return values ? i18n.global.t(key, values) : i18n.global.t(key)
}

/** A text of the packs in the language shown; the other one where it is missing. */
export function say(text: Text | null | undefined, otherwise = ''): string {
  if (!text) return otherwise
  const other = session.lang === 'zh' ? 'en' : 'zh'
  return text[session.lang] || text[other] || otherwise
}
