// SPDX-License-Identifier: Apache-2.0
// Every area's texts under its name: t('record.history').
import { common } from './common'
import { evidence } from './evidence'
import { ledger } from './ledger'
import { place } from './place'
import { record } from './record'
import { verdict } from './verdict'

const areas = {
  evidence,
  ledger,
  place,
  record,
  verdict,
}

type Areas = typeof areas
type In<L extends 'zh' | 'en'> = { [K in keyof Areas]: Areas[K][L] }

function pick<L extends 'zh' | 'en'>(l: L): In<L> {
  return Object.fromEntries(Object.entries(areas).map(([name, area]) => [name, area[l]])) as In<L>
}

export const all = { zh: { ...common.zh, ...pick('zh') }, en: { ...common.en, ...pick('en') } }
