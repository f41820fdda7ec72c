// SPDX-License-Identifier: Apache-2.0
// What the page weighs and how long it takes, for the report; only the weight and the number of rows drawn can fail.
// YJ_REPORT=file adds a line of JSON for each figure.
import { after, before, test } from 'node:test'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { assert, DESKTOP, join, settled, world } from './world.mjs'

const SCRIPT_KB_MAX = 700
const MANY = 10000

let w
before(async () => (w = await world('example', { whole: true })))
after(() => w.stop())

function report(t, name, value, unit) {
  t.diagnostic(`${name}: ${value} ${unit}`)
  if (process.env.YJ_REPORT) appendFileSync(process.env.YJ_REPORT, JSON.stringify({ name, value, unit }) + '\n')
}
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]

test('first load: weight of the script, and time to content', async (t) => {
  const times = []
  let script = 0
  for (let i = 0; i < 5; i++) {
    const fresh = await w.open('/no-such-place', { size: DESKTOP }) // a context of its own
    await settled(fresh) // nothing is under way any more when counting begins, with the cache off
    const cdp = await fresh.context().newCDPSession(fresh)
    await cdp.send('Network.enable')
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
    let bytes = 0
    const kinds = new Map()
    cdp.on('Network.responseReceived', (e) => kinds.set(e.requestId, e.type))
    cdp.on('Network.loadingFinished', (e) => {
      if (kinds.get(e.requestId) === 'Script') bytes += e.encodedDataLength
    })
    const began = Date.now()
    await fresh.goto(w.url + '/p/')
    await settled(fresh)
    times.push(Date.now() - began)
    await fresh.locator('[data-test=trend] canvas').waitFor() // the charts come after the content, and count
    script = Math.max(script, bytes)
    await fresh.context().close()
  }
  report(t, 'compressed script of the first load', Math.round(script / 1000), 'kB')
  report(t, 'first load to content, median of 5', median(times), 'ms')
  assert.ok(script > 50_000, 'nothing was counted')
  assert.ok(script / 1000 < SCRIPT_KB_MAX, `${script} bytes of script`)
})

test('each further page: time from the click to its content', async (t) => {
  const page = await w.open('/')
  await settled(page)
  const places = ['standard', 'journeys', 'planning', 'acquiring', 'operating', 'leaving', 'evidence', 'ledger', 'import', 'records', 'cockpit']
  const times = new Map(places.map((p) => [p, []]))
  for (let round = 0; round < 4; round++) {
    for (const place of places) {
      const ms = await page.evaluate(async (name) => {
        const link = document.querySelector(`.side [data-nav=${name}]`)
        const want = link.textContent.trim()
        const began = performance.now()
        link.click()
        for (;;) {
          await new Promise((done) => requestAnimationFrame(done))
          const title = document.querySelector('[data-test=title]')
          if (title && document.title.startsWith(title.textContent.trim()) && document.querySelector(`.side [data-nav=${name}].on, .side [data-nav=${name}].router-link-active`) && !document.querySelector('.main .el-skeleton')) return performance.now() - began
          if (performance.now() - began > 15000) throw new Error(`${name} (${want}) has no content`)
        }
      }, place)
      if (round > 0) times.get(place).push(ms) // the first round fetches the page's script
    }
  }
  for (const [place, list] of times) report(t, `to ${place}, median of 3`, Math.round(median(list)), 'ms')
})

test('a list of 10,000: only rows in view are drawn, scrolling keeps its pace', async (t) => {
  const folder = join(w.dir, 'many')
  mkdirSync(folder)
  const rows = ['number,name,department']
  for (let i = 0; i < MANY; i++) rows.push(`M${String(i).padStart(5, '0')},人员${i},部门${i % 37}`)
  writeFileSync(join(folder, 'person.csv'), rows.join('\n') + '\n')
  const made = await fetch(`${w.url}/api/v1/institutions/lxzq/import?name=person.csv`, { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: rows.join('\n') + '\n' })
  assert.equal(made.status, 200, await made.text())
  const page = await w.open('/records/person?sort=number')
  await settled(page)
  const seen = await page.evaluate(async () => {
    const box = document.querySelector('[data-test=table]')
    let most = 0
    const total = Number(box.querySelector('table').getAttribute('aria-rowcount'))
    let last = 0
    const frames = []
    let before = performance.now()
    for (let i = 0; i < 4000; i++) {
      box.scrollTop += 400
      await new Promise((done) => requestAnimationFrame(done))
      const now = performance.now()
      frames.push(now - before)
      before = now
      const drawn = box.querySelectorAll('tr.row-line')
      most = Math.max(most, drawn.length)
      last = Number(drawn[drawn.length - 1]?.getAttribute('aria-rowindex') ?? 0) - 1
      if (last === total) break
      if (box.scrollTop + box.clientHeight >= box.scrollHeight - 2) await new Promise((done) => setTimeout(done, 20))
    }
    frames.sort((a, b) => a - b)
    return { most, last, total, median: frames[Math.floor(frames.length / 2)], p99: frames[Math.floor(frames.length * 0.99)] }
  })
  report(t, 'rows drawn at most, of 10,000', seen.most, 'rows')
  report(t, 'frame while scrolling, median', Math.round(seen.median * 10) / 10, 'ms')
  report(t, 'frame while scrolling, 99 of 100', Math.round(seen.p99 * 10) / 10, 'ms')
  assert.ok(seen.total >= MANY)
  assert.equal(seen.last, seen.total)
  assert.ok(seen.most < 120, `${seen.most} rows were drawn`)
})
