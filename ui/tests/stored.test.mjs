// SPDX-License-Identifier: Apache-2.0
// Script that somebody stored: a tag in every text field of a record of every kind, and every view that shows records. It
// is shown as it was written and becomes no element.
import { after, before, test } from 'node:test'
import { assert, follow, settled, sound, world } from './world.mjs'

const LONG = '<img src=x data-stored onerror=alert(1)>'
const SHORT = '<b data-stored>' // where so little has room
let INST = ''
let w
const evil = [] // { kind, id, texts }

/** In every text field that takes it; what has a form of its own, says the server. */
async function store(kind, record) {
  const fields = {}
  for (const f of (await w.get(`/kinds/${kind}`)).fields) {
    if (!['text', 'longtext'].includes(f.type)) continue
    const text = !f.max || f.max >= LONG.length + 4 ? LONG : f.max >= SHORT.length + 4 ? SHORT : ''
    if (text) fields[f.name] = f.list ? [text] : text
  }
  while (Object.keys(fields).length) {
    const read = await fetch(`${w.url}/api/v1${INST}/records/${kind}/${record.id}`)
    const r = await w.send('PATCH', `${INST}/records/${kind}/${record.id}`, { fields }, { 'If-Match': read.headers.get('etag') })
    if (r.status === 200) return Object.keys(fields).length
    const at = /^fields\.([a-z_0-9]+)/.exec(r.json?.error?.field ?? '')?.[1]
    if (!at || !(at in fields)) return 0
    delete fields[at]
  }
  return 0
}

before(async () => {
  w = await world('example')
  INST = `/institutions/${(await w.get('/institutions')).items[0].id}` // its code is one of the texts
  for (const k of (await w.get('/kinds')).items) {
    if (k.installation) continue
    const some = (await w.get(`${INST}/records/${k.kind}?limit=3`)).items.filter((r) => !r.erased)
    for (const r of some) {
      const n = await store(k.kind, r)
      if (n) evil.push({ kind: k.kind, id: r.id, n })
    }
  }
})
after(() => w.stop())

/** What is on the page now has no element of those, and shows the text. */
async function harmless(page, where) {
  assert.deepEqual(await page.evaluate(() => [document.querySelectorAll('[data-stored], img[src="x"]').length, window.__violations]), [0, []], where)
}
const shows = (page) => page.evaluate(() => document.body.innerText.includes('data-stored'))

test('every kind has it', async () => {
  const kinds = new Set(evil.map((e) => e.kind))
  const there = []
  for (const k of (await w.get('/kinds')).items) if (!k.installation && (await w.get(`${INST}/records/${k.kind}?limit=1`)).total) there.push(k.kind)
  const without = there.filter((k) => !kinds.has(k))
  assert.ok(there.length > 80, `${there.length}`)
  assert.deepEqual(without, [])
  assert.ok(evil.reduce((n, e) => n + e.n, 0) > 500)
})

test('records and their lists', async () => {
  const page = await w.open('/records')
  await settled(page)
  let shown = 0
  for (const [i, e] of evil.filter((e, i) => evil.findIndex((o) => o.kind === e.kind) === i).entries()) {
    await follow(page, `/records/${e.kind}/${e.id}`)
    await harmless(page, e.kind)
    shown += await shows(page)
    if (i % 4) continue // the lists are one part, whatever the kind
    await follow(page, `/records/${e.kind}`)
    await harmless(page, `list of ${e.kind}`)
  }
  assert.ok(shown > 80, `${shown}`)
  await sound(page)
})

test('the views of work and the ledger', async () => {
  const page = await w.open('/')
  await settled(page)
  const of = (kind) => evil.find((e) => e.kind === kind)?.id
  const system = of('system')
  const views = [
    '/', '/standard', '/journeys', `/journeys/${of('deployment')}`, '/operating', '/operating/calendar', '/operating/requests', '/operating/consents',
    '/operating/incidents', '/operating/inspections', '/operating/drills', '/operating/levels', '/planning', '/planning/levels', '/planning/grades',
    '/planning/needs', '/planning/plans', `/planning/plans/${of('security_plan')}`, '/acquiring', '/acquiring/compare', '/acquiring/assessments',
    `/acquiring/assessments/${of('assessment')}`, '/acquiring/terms', `/acquiring/terms/contract/${of('contract')}`, '/acquiring/certificates', '/leaving',
    `/leaving/${of('exit')}`, '/evidence', '/inbox', '/ledger', '/import', `/records/system/${system}/edit`, '/records/system/new',
  ]
  let shown = 0
  for (const v of views) {
    await page.goto(`${w.url}/p${v}`)
    await settled(page)
    await harmless(page, v)
    shown += await shows(page)
  }
  assert.ok(shown > 15, `${shown}`)
  const newest = page.locator('[data-test=entries] .one[data-op=change]').first()
  await page.goto(`${w.url}/p/ledger`)
  await newest.click()
  await page.locator('[data-test=changes]').waitFor()
  await harmless(page, 'an entry')
  await sound(page)
})
