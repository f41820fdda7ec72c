// SPDX-License-Identifier: Apache-2.0
// Operation: what needs doing today, the calendar, and each kind of work opened and acted on where it stands.
import { after, before, test } from 'node:test'
import { accessible, assert, settled, shot, sound, walkTabs, world } from './world.mjs'

const INST = '/institutions/lxzq'
let w
let today
before(async () => {
  w = await world('example')
  today = (await w.get(`${INST}/due`)).today
})
after(() => w.stop())

const TABS = ['today', 'calendar', 'requests', 'consents', 'incidents', 'inspections', 'drills', 'levels']
const plus = (n) => new Date(Date.parse(today) + n * 86400000).toISOString().slice(0, 10)

async function made(kind, fields) {
  const r = await w.send('POST', `${INST}/records/${kind}`, { fields })
  assert.equal(r.status, 201, JSON.stringify(r.json))
  return r.json
}
async function first(kind, filter = '') {
  return (await w.get(`${INST}/records/${kind}?limit=1${filter}`)).items[0]
}
/** The page's form: choose the first offered in a field that is a choice. */
async function choose(page, box, field, text) {
  await box.locator(`[data-field=${field}] .el-select`).click()
  const options = page.locator('.el-select-dropdown:visible .el-select-dropdown__item')
  await (text ? options.filter({ hasText: text }) : options).first().click()
  await page.waitForFunction(() => ![...document.querySelectorAll('.el-select-dropdown')].some((e) => e.offsetParent))
}

test('every place of operation opens in both languages and both widths', () => walkTabs(w, '/operating', TABS, 'operating'))

test('the first view counts what is overdue as the server does, and each leads to where it is done', async () => {
  const page = await w.open('/operating')
  await settled(page)
  const late = await page.locator('[data-group=overdue] [data-task]').count()
  assert.ok(late >= 2, 'a warning and a remediation are overdue in the example')
  assert.equal(Number(await page.locator('[data-figure=overdue] strong').innerText()), late)
  const alert = await first('alert', '&filter=state:eq:issued')
  await page.locator(`[data-task="${alert.id}"] a`).first().click()
  await page.waitForURL(new RegExp(`operating/requests\\?open=${alert.id}`))
  await page.locator(`[data-item="${alert.id}"] dl`).waitFor()
  await sound(page)
})

test('a warning is answered in place: today is filled in, the list tells it at once', async () => {
  const alert = await first('alert', '&filter=state:eq:issued')
  const page = await w.open(`/operating/requests?open=${alert.id}`)
  await settled(page)
  const item = page.locator(`[data-item="${alert.id}"]`)
  await item.locator('[data-tone=over]').waitFor()
  await item.locator('[data-step=responded_on]').click()
  const dialog = page.locator('[data-test=entry-dialog]')
  await dialog.locator('[data-field=responded_on] input').waitFor()
  assert.equal(await dialog.locator('[data-field=responded_on] input').inputValue(), today)
  await dialog.locator('[data-field=response] textarea').fill('已收到，正在排查。')
  await shot(page, 'operating-step-zh')
  await accessible(page)
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await item.getByText('已收到，正在排查。').waitFor()
  assert.equal(await item.locator('[data-step=responded_on]').count(), 0, 'a step that is done is not offered again')
  const now = await w.get(`${INST}/records/alert/${alert.id}`)
  assert.equal(now.fields.responded_on, today)
  await sound(page)
})

test('requests stand in the order of their clocks, overdue first', async () => {
  const platform = await first('platform')
  for (const [n, days] of [['YL-LATE', -3], ['YL-SOON', 5], ['YL-FAR', 40]])
    await made('evidence_request', { number: n, title: n, platform: platform.id, purpose: 'support', asked_on: plus(-20), due_on: plus(days) })
  const page = await w.open('/operating/requests')
  await settled(page)
  const names = await page.locator('[data-list=evidence_request] [data-item] .name').allInnerTexts()
  assert.deepEqual(names.filter((x) => x.startsWith('YL-')), ['YL-LATE', 'YL-SOON', 'YL-FAR'])
  assert.match(await page.locator('[data-list=evidence_request] [data-item]').first().innerText(), /逾期 3 天/)
  assert.equal(await page.locator('[data-list=evidence_request] [data-item]').nth(1).locator('[data-tone=soon]').count(), 1)
  await shot(page, 'operating-clocks-zh')
})

test('the calendar: a month, a day, the list; today is the server’s', async () => {
  const page = await w.open('/operating/calendar')
  await settled(page)
  assert.equal(await page.locator('[data-test=calendar] [aria-current=date]').count(), 1)
  assert.equal(await page.locator('[data-test=calendar] td.today').getAttribute('data-day'), today)
  assert.match(await page.locator('[data-test=month]').innerText(), new RegExp(String(Number(today.slice(5, 7)))))
  const due = await w.get(`${INST}/due?until=${plus(60)}`)
  const next = due.items.find((d) => d.day.slice(0, 7) > today.slice(0, 7))
  await page.locator('[data-test=month-after]').click()
  await page.waitForURL(/month=/)
  await settled(page)
  const month = new URL(page.url()).searchParams.get('month')
  assert.ok(month > today.slice(0, 7))
  if (next && next.day.startsWith(month)) {
    const cell = page.locator(`td[data-day="${next.day.slice(0, 10)}"]`)
    await cell.locator('.chip').first().waitFor()
    await cell.locator('button').click()
    assert.ok((await page.locator('[data-test=day] [data-task]').count()) >= 1)
  }
  await shot(page, 'operating-calendar-next-zh')
  await page.getByText('列表', { exact: true }).click()
  await page.waitForURL(/view=list/)
  assert.ok((await page.locator('section[data-day] [data-task]').count()) >= 1)
  await sound(page)
})

test('a change that nobody decided on does not take effect; what is missing is said, then entered in place', async () => {
  const platform = await first('platform', '&filter=model:eq:public')
  const change = await made('change', { platform: platform.id, number: 'BG-T1', title: '存储网关升级', scale: 'major', notified_on: today, effective_on: plus(30) })
  const page = await w.open(`/operating/consents?open=${change.id}`)
  await settled(page)
  const item = page.locator(`[data-item="${change.id}"]`)
  await item.locator('[data-step=take_effect]').click()
  const dialog = page.locator('[data-test=entry-dialog]')
  await dialog.locator('[data-field=effective_on] input').waitFor()
  await page.locator('[data-test=entry-go]').click()
  await dialog.locator('[data-test=misses] li').first().waitFor()
  assert.match(await dialog.locator('[role=alert]').first().innerText(), /还不能办理/)
  await shot(page, 'operating-refused-zh')
  await accessible(page)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await item.locator('[data-step=decision]').click()
  await dialog.locator('[data-field=decision]').waitFor()
  assert.equal(await dialog.locator('[data-field=decided_on] input').inputValue(), today)
  await choose(page, dialog, 'decision', '同意')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  const now = await w.get(`${INST}/records/change/${change.id}`)
  assert.equal(now.fields.decision, 'accepted')
  assert.equal(now.state, 'announced')
  await sound(page)
})

test('an incident’s timeline is in order, tells how long after, and takes a new event', async () => {
  const incident = (await w.get(`${INST}/records/incident?limit=1&sort=detected_on`)).items[0]
  const page = await w.open(`/operating/incidents?open=${incident.id}`)
  await settled(page)
  const line = page.locator('[data-test=timeline]')
  await line.locator('li').nth(2).waitFor()
  const whens = (await line.locator('.when').allInnerTexts()).map((s) => s.replace(/[^\d\-: ]/g, '').trim().slice(0, 10))
  assert.deepEqual(whens, [...whens].sort())
  assert.match(await line.innerText(), /发现后 /)
  await shot(page, 'operating-incident-zh')
  const count = await line.locator('li').count()
  await page.locator('[data-test=add-event]').click()
  const dialog = page.locator('[data-test=entry-dialog]')
  await dialog.locator('[data-field=title] input').fill('与受托方开复盘会')
  await choose(page, dialog, 'type', '其他')
  await choose(page, dialog, 'side', '委托方')
  await dialog.locator('[data-field=happened_time] input').fill('1405')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await page.waitForFunction((n) => document.querySelectorAll('[data-test=timeline] li').length === n, count + 1)
  assert.match(await line.innerText(), /14:05[\s\S]*与受托方开复盘会/)
  await sound(page)
})

test('a drill shows what was promised against what was reached', async () => {
  const drill = (await w.get(`${INST}/records/drill?limit=1&sort=-held_on`)).items[0]
  const results = await w.get(`${INST}/records/drill_result?filter=drill:eq:${drill.id}`)
  const page = await w.open(`/operating/drills?open=${drill.id}`, { lang: 'en' })
  await settled(page)
  const table = page.locator('[data-test=drill-results]')
  await table.waitFor()
  assert.equal(await table.locator('tbody tr').count(), results.total)
  assert.match(await table.innerText(), /Kept|Beyond/)
  await shot(page, 'operating-drill-en')
  // Far beyond what any system bears: it is told at once.
  const one = results.items[0]
  const read = await fetch(`${w.url}/api/v1${INST}/records/drill_result/${one.id}`)
  const r = await w.send('PATCH', `${INST}/records/drill_result/${one.id}`, { fields: { recovery_minutes: 999999 } }, { 'If-Match': read.headers.get('etag') })
  assert.equal(r.status, 200, JSON.stringify(r.json))
  await table.locator(`tr[data-id="${one.id}"]`).getByText('Beyond the need').waitFor()
  await sound(page)
})

test('service levels: a breach is marked, and a new period is measured in place', async () => {
  const page = await w.open('/operating/levels')
  await settled(page)
  const table = page.locator('[data-test=levels]')
  await table.waitFor()
  const row = table.locator('tbody tr').filter({ has: page.locator('[data-add=sla_measurement]') }).first()
  const id = await row.getAttribute('data-id')
  const indicator = await w.get(`${INST}/records/sla_indicator/${id}`)
  const breaches = await row.locator('.cell.bad').count()
  await row.locator('[data-add=sla_measurement]').click()
  const dialog = page.locator('[data-test=entry-dialog]')
  await dialog.locator('[data-field=period_to] input').waitFor()
  const from = await dialog.locator('[data-field=period_from] input').inputValue()
  assert.match(from, /^\d{4}-\d\d-01$/, 'the period after the last one is filled in')
  const field = indicator.fields.target_percent != null ? 'measured_percent' : 'measured_minutes'
  await dialog.locator(`[data-field=${field}] input`).fill(field === 'measured_percent' ? '12.5' : '99999')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  const line = table.locator(`tbody tr[data-id="${id}"]`)
  await line.locator('.cell.bad', { hasText: field === 'measured_percent' ? '12.5' : '99999' }).waitFor()
  assert.ok((await line.locator('.cell.bad').count()) >= Math.min(breaches + 1, 1))
  assert.match(await line.locator('svg').getAttribute('aria-label'), /最低/)
  await shot(page, 'operating-breach-zh')
  await page.locator('[data-tab=levels] .count.bad').waitFor()
  await sound(page)
})

test('the server away is said, with a way to try again', async () => {
  const page = await w.open('/operating')
  await settled(page)
  await page.route('**/records/incident?**', (r) => r.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify({ error: { code: 'busy', messages: { zh: '服务器忙，请稍后再试', en: 'Busy' }, request_id: 'r1' } }) }))
  await page.locator('[data-tab=incidents]').click()
  await page.waitForURL(/operating\/incidents/)
  await page.reload()
  await page.locator('[data-test=error]').first().waitFor()
  assert.match(await page.locator('[data-test=error]').first().innerText(), /服务器忙/)
  await page.unroute('**/records/incident?**')
  // What was still on its way may fail once more: then one tries again, as a person would.
  const items = page.locator('[data-list=incident] [data-item]')
  for (let i = 0; i < 10 && !(await items.count()); i++) {
    const again = page.locator('[data-test=error] button').first()
    if (await again.count()) await again.click()
    await page.waitForTimeout(500)
  }
  await items.first().waitFor()
})
