// SPDX-License-Identifier: Apache-2.0
// Every area's texts under its name: t('record.history').
import { acquiring } from './acquiring'
import { cockpit } from './cockpit'
import { common } from './common'
import { evidence } from './evidence'
import { importing } from './import'
import { inbox } from './inbox'
import { instruments } from './instruments'
import { journey } from './journey'
import { leaving } from './leaving'
import { ledger } from './ledger'
import { offers } from './offers'
import { operating } from './operating'
import { partners } from './partners'
import { place } from './place'
import { planning } from './planning'
import { providers } from './providers'
import { provider } from './provider'
import { record } from './record'
import { signIn } from './sign-in'
import { standard } from './standard'
import { supervision } from './supervision'
import { verdict } from './verdict'
import { wipe } from './wipe'
import { work } from './work'

const areas = {
  acquiring,
  cockpit,
  evidence,
  import: importing,
  inbox,
  instruments,
  journey,
  leaving,
  ledger,
  offers,
  operating,
  partners,
  place,
  planning,
  providers,
  provider,
  record,
  sign_in: signIn,
  standard,
  supervision,
  verdict,
  wipe,
  work,
}

type Areas = typeof areas
type In<L extends 'zh' | 'en'> = { [K in keyof Areas]: Areas[K][L] }

function pick<L extends 'zh' | 'en'>(l: L): In<L> {
  return Object.fromEntries(Object.entries(areas).map(([name, area]) => [name, area[l]])) as In<L>
}

export const all = { zh: { ...common.zh, ...pick('zh') }, en: { ...common.en, ...pick('en') } }
