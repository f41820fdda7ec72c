// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, DESKTOP, PHONE, settled, shot, sound, world } from './world.mjs'

let w
let own
before(async () => {
  w = await world('example')
  own = await world('own')
})
after(async () => {
  await own.stop()
  await w.stop()
})
const INST = '/institutions/lxzq'

test('one look: where we stand, what is due, what to do next', async () => {
  const standing = await w.get(`${INST}/standing`)
  const due = await w.get(`${INST}/due`)
  for (const lang of ['zh', 'en']) {
    const page = await w.open('/', { lang })
    await settled(page)
    const where = page.locator('[data-test=where]')
    assert.equal(await where.locator('.big a').innerText(), String(standing.totals.binding_unmet))
    assert.match(await where.locator('[data-total=met]').innerText(), new RegExp(`${new Intl.NumberFormat('en').format(standing.totals.met)}$`))
    assert.equal(await page.locator('[data-test=due-sum] button strong').first().innerText(), String(due.items.filter((i) => i.overdue).length))
    assert.ok((await page.locator('[data-test=next] li').count()) >= 4)
    await page.locator('[data-test=trend] canvas').waitFor()
    await accessible(page, `cockpit ${lang}`)
    await shot(page, `cockpit-${lang}`, { full: true })
    await page.evaluate(() => window.scrollTo(0, 0))
    await shot(page, `readme-cockpit-${lang}`)
    await sound(page)
  }
})

test('a number opens into the requirements behind it', async () => {
  const page = await w.open('/')
  await settled(page)
  await page.locator('[data-total=unmet]').click()
  await page.waitForURL(/standard\?status=unmet/)
  await settled(page)
  const marks = page.locator('[data-test=tree] [role=treeitem]:not([aria-expanded]) .mark.unmet')
  assert.ok((await marks.count()) > 10)
  await sound(page)
})

test('what nobody puts right opens into its verdicts', async () => {
  const standing = await w.get(`${INST}/standing`)
  const page = await w.open('/')
  await settled(page)
  assert.match(await page.locator('[data-remedy=none]').innerText(), new RegExp(`\\b${standing.remediation.none}$`))
  await page.locator('[data-remedy=none]').click()
  const drawer = page.locator('[data-test=drawer]')
  await drawer.locator('[data-test=verdicts] > li').first().waitFor()
  assert.equal(await drawer.locator('[data-pick=unmet] .num').innerText(), String(standing.remediation.none))
  await sound(page)
})

test('a cell of the heat map opens into its verdicts and on to the proof', async () => {
  const standing = await w.get(`${INST}/standing`)
  const cell = standing.cells.filter((c) => c.unit !== null && c.unmet > 2).sort((a, b) => b.unmet - a.unmet)[0]
  const unit = standing.units[cell.unit]
  const group = standing.groups[cell.group]
  const page = await w.open('/')
  await settled(page)
  await page.locator(`[data-cell="${unit.id}:${group.id}"]`).click()
  const drawer = page.locator('[data-test=drawer]')
  await drawer.locator('[data-test=verdicts] > li').first().waitFor()
  assert.equal(await drawer.locator('[data-pick=unmet] .num').innerText(), String(cell.unmet))
  assert.equal(await drawer.locator('[data-test=verdicts] > li').count(), cell.unmet)
  for (const text of await drawer.locator('[data-test=verdicts] .title').allInnerTexts()) assert.ok(text.startsWith(group.id), text)
  await accessible(page, 'cell open')
  await shot(page, 'cockpit-cell-zh')
  await drawer.locator('[data-pick=met]').click()
  await drawer.locator('[data-test=verdicts] .tag.met').first().waitFor()
  assert.equal(await drawer.locator('[data-test=verdicts] .tag.unmet').count(), 0)
  await drawer.locator('[data-test=verdicts] .title').first().click()
  await page.waitForURL(/\/verdict\//)
  await settled(page)
  await page.locator('[data-test=proof]').waitFor()
  await sound(page)
})

test('a cell of what belongs to no deployment opens into just those verdicts', async () => {
  // Something is open there once what it rests on is withdrawn.
  const open = async () => (await w.get(`${INST}/standing`)).cells.some((c) => c.unit === null && c.unmet + c.unknown > 0)
  if (!(await open())) {
    const scope = (await w.get(`${INST}/records/cloud_scope?limit=1`)).items[0]
    assert.equal((await w.send('POST', `${INST}/records/cloud_scope/${scope.id}/transitions`, { transition: 'withdraw' })).status, 200)
    for (let i = 0; i < 100 && !(await open()); i++) await new Promise((r) => setTimeout(r, 100))
  }
  assert.ok(await open())
  for (const lang of ['zh', 'en']) {
    const standing = await w.get(`${INST}/standing`)
    const cells = standing.cells.filter((c) => c.unit === null)
    const page = await w.open('/', { lang })
    await settled(page)
    for (const c of cells) {
      const group = standing.groups[c.group]
      const cell = page.locator(`[data-cell="-:${group.id}"]`)
      const shown = (await cell.innerText()).trim().split(/\s/)[0]
      assert.equal(shown, c.unmet + c.unknown ? String(c.unmet + c.unknown) : c.met ? '✓' : '–')
      await cell.click()
      const drawer = page.locator('[data-test=drawer]')
      await drawer.locator('[data-test=verdicts] > li').first().waitFor()
      const pick = async (s) => Number(await drawer.locator(`[data-pick=${s}] .num`).innerText())
      assert.equal((await pick('unmet')) + (await pick('unknown')), c.unmet + c.unknown + c.accepted, group.id)
      assert.equal(await pick('met'), c.met, group.id)
      assert.equal(await pick('not_applicable'), c.not_applicable + c.not_yet, group.id)
      // what is listed, status by status, is what the cell counts
      let listed = 0
      for (const s of ['unmet', 'unknown']) {
        const n = await pick(s)
        if (!n) continue
        await drawer.locator(`[data-pick=${s}]`).click()
        await page.waitForFunction(([s, n]) => document.querySelectorAll(`[data-test=drawer] [data-test=verdicts] > li`).length === n && document.querySelector(`[data-pick=${s}]`).getAttribute('aria-pressed') === 'true', [s, Math.min(100, n)])
        listed += await drawer.locator('[data-test=verdicts] > li').count()
      }
      assert.equal(listed, c.unmet + c.unknown + c.accepted)
      if (c === cells[0]) {
        await accessible(page, `whole cell ${lang}`)
        await shot(page, `cockpit-whole-${lang}`)
      }
      await page.keyboard.press('Escape')
      await page.locator('[data-test=drawer]').waitFor({ state: 'hidden' })
    }
    await page.locator(`[data-cell="-:${standing.groups[cells[0].group].id}"]`).click()
    await page.locator('[data-test=drawer] a[href*="unit=none"]').click()
    await page.waitForURL(/standard\?unit=none/)
    await sound(page)
  }
})

test('the heat map by sections, by name, only with open points; by the keyboard', async () => {
  const two = await w.get(`${INST}/standing?level=2`)
  const page = await w.open('/')
  await settled(page)
  await page.locator('[data-test=heat-level] .el-radio-button').nth(1).click()
  await page.waitForFunction((n) => document.querySelectorAll('[data-test=heat] thead th').length === n + 1, two.groups.length)
  await shot(page, 'cockpit-sections-zh')
  await page.locator('[data-test=heat-open]').click()
  await page.locator('[data-test=heat-find] input, input[data-test=heat-find]').first().fill('行业云')
  const names = page.locator('[data-test=heat] tbody tr[data-unit] th a')
  await page.waitForFunction(() => [...document.querySelectorAll('[data-test=heat] tbody tr[data-unit] th a')].every((a) => a.textContent.includes('行业云')))
  const expected = two.units.filter((u) => u.name.includes('行业云') && u.unmet + u.unknown > 0).length
  assert.equal(await names.count(), expected)
  const cell = page.locator('[data-test=heat] tbody tr[data-unit] button.cell').first()
  await cell.focus()
  await page.keyboard.press('Enter')
  await page.locator('[data-test=drawer] [data-test=verdicts]').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('[data-test=drawer]').waitFor({ state: 'hidden' })
  await sound(page)
})

test('of 200 deployments what is in view is drawn, below a head that stays; ordered, found, walked by the keyboard', async () => {
  for (const size of [DESKTOP, PHONE]) {
    const page = await w.open('/records', { size })
    await settled(page)
    await page.route('**/standing?*', async (route) => {
      const got = await (await route.fetch()).json()
      const n = got.units.length
      const beside = got.cells.filter((c) => c.unit === null)
      const of = got.cells.filter((c) => c.unit !== null)
      const copies = Math.ceil(200 / n)
      got.units = Array.from({ length: copies * n }, (_, i) => ({ ...got.units[i % n], id: `${got.units[i % n].id}-${Math.floor(i / n)}`, name: `${got.units[i % n].name} ${Math.floor(i / n)}` })).slice(0, 200)
      got.cells = [...Array.from({ length: copies }, (_, k) => of.map((c) => ({ ...c, unit: c.unit + k * n }))).flat().filter((c) => c.unit < 200), ...beside]
      await route.fulfill({ json: got })
    })
    await page.goto(w.url + '/p/')
    const rows = page.locator('[data-test=heat] tbody tr[data-unit]')
    await rows.first().waitFor()
    assert.equal(await page.locator('[data-test=heat] thead th').first().innerText().then((x) => /\b200\b/.test(x)), true)
    assert.ok((await rows.count()) < 60, `${await rows.count()} rows drawn`)
    const box = page.locator('[data-test=heat-box]')
    const openPoints = async (row) => (await row.locator('button.cell').allInnerTexts()).reduce((n, x) => n + (Number.parseInt(x, 10) || 0), 0)
    const worst = await openPoints(rows.first())
    await accessible(page, `heat of many ${size.width}`)
    await shot(page, `cockpit-many-${size.width}`)
    // to the end: the last is there, the head too, and nothing jumped
    await box.focus()
    await page.keyboard.press('End')
    await page.locator('[data-test=heat] tbody tr[aria-rowindex="202"]').waitFor()
    await page.waitForFunction(() => {
      const b = document.querySelector('[data-test=heat-box]')
      return b.scrollTop + b.clientHeight >= b.scrollHeight - 2
    })
    assert.ok((await openPoints(rows.last())) <= worst)
    const at = await box.boundingBox()
    const head = await page.locator('[data-test=heat] thead th').nth(1).boundingBox()
    assert.ok(Math.abs(head.y - at.y) < 4, 'the head stays')
    assert.ok((await rows.count()) < 60)
    // a cell near the edge of what is drawn takes the focus, and the next one is there
    await rows.last().locator('button.cell').first().focus()
    await page.keyboard.press('Shift+Tab')
    assert.equal(await page.evaluate(() => !!document.activeElement?.closest('[data-test=heat]')), true)
    // by name, then found by the stage
    await page.locator('[data-test=heat-order]').click()
    await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').nth(1).click()
    await page.waitForFunction(() => document.querySelector('[data-test=heat-box]').scrollTop === 0)
    const names = await rows.locator('th a').allInnerTexts()
    assert.deepEqual(names, await page.evaluate((all) => all.sort(new Intl.Collator('zh-CN', { numeric: true }).compare), [...names]))
    await page.locator('[data-test=heat-find] input, input[data-test=heat-find]').first().fill('运行监督')
    await page.waitForFunction(() => [...document.querySelectorAll('[data-test=heat] tbody tr[data-unit] th .block')].every((x) => x.textContent.includes('运行监督')))
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0)
    await sound(page)
  }
})

test('what is overdue and due; findings lead to their list; a past day is looked back to', async () => {
  const page = await w.open('/')
  await settled(page)
  const due = await w.get(`${INST}/due`)
  await page.locator('[data-test=due] [data-span="0"]').click()
  const late = due.items.filter((i) => i.overdue)
  assert.equal(await page.locator('[data-test=due] .list > li').count(), Math.min(12, late.length))
  await page.locator('[data-test=due] [data-span="90"]').click()
  await page.locator('[data-test=due] .more').click()
  assert.equal(await page.locator('[data-test=due] .list > li').count(), due.items.length - late.length)

  const open = await w.get(`${INST}/records/finding?filter=state:ne:verified&filter=state:ne:withdrawn&limit=1000`)
  const number = page.locator('[data-test=findings] td a').first()
  const n = Number(await number.innerText())
  assert.ok(n >= 1 && n <= open.total)
  await number.click()
  await page.waitForURL(/records\/finding\?filter=/)
  await settled(page)
  assert.equal(await page.locator('[data-test=table] tbody tr.row-line').count(), n)
  await page.goBack()
  await settled(page)

  await page.locator('[data-test=trend] summary').click()
  const rows = page.locator('[data-test=trend] tbody tr')
  assert.ok((await rows.count()) >= 5)
  const day = await rows.nth(3).locator('button').innerText()
  const then = await w.get(`${INST}/standing?as_of=${day}`)
  await rows.nth(3).locator('button').click()
  await page.locator('[data-test=looking-back]').waitFor()
  await page.waitForFunction((n) => document.querySelector('[data-test=where] .big a')?.textContent === n, String(then.totals.binding_unmet))
  await sound(page)
})

test('at phone width it can be read, and nothing is wider than the screen', async () => {
  const page = await w.open('/', { size: PHONE })
  await settled(page)
  await page.locator('[data-test=trend] canvas').waitFor()
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0)
  await accessible(page, 'cockpit phone')
  await shot(page, 'cockpit-phone', { full: true })
  await sound(page)
})

test('a new institution sees where to begin, and no empty charts', async () => {
  for (const lang of ['zh', 'en']) {
    const page = await own.open('/', { lang })
    await settled(page)
    const start = await own.get('/institutions/hyzq/start')
    const steps = page.locator('[data-test=start] [data-step]')
    assert.equal(await steps.count(), start.items.length)
    assert.equal(await page.locator('[data-test=start] li.now').getAttribute('data-step'), start.next)
    for (const part of ['heat', 'trend', 'findings', 'strength']) assert.equal(await page.locator(`[data-test=${part}]`).count(), 0, part)
    await accessible(page, `start ${lang}`)
    await shot(page, `cockpit-start-${lang}`)
    if (lang === 'zh') {
      await page.locator(`[data-enter=${start.next}]`).click()
      await page.waitForURL(new RegExp(`records/${start.next}/new`))
    }
    await sound(page)
  }
})

test('when the standing cannot be read, it says so and tries again', async () => {
  const page = await w.open('/records')
  await settled(page)
  let broken = true
  await page.route('**/standing?*', (r) => (broken ? r.fulfill({ status: 500, contentType: 'application/json', body: '{"error":{"code":"internal","message":"x","messages":{"zh":"内部错误","en":"internal"},"request_id":"r1"}}' }) : r.continue()))
  await page.locator('.side [data-nav=cockpit]').click()
  const error = page.locator('[data-test=error]').first()
  await error.waitFor()
  assert.match(await error.innerText(), /内部错误/)
  broken = false
  await error.getByRole('button').click()
  await page.locator('[data-test=where]').waitFor()
  await sound(page)
})
