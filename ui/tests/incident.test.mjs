// SPDX-License-Identifier: Apache-2.0
// An incident from its first entry until it is over: what is owed and by when stands beside it, what happens and what is
// reported goes into its timeline, and a report stops the clock that ran for it.
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { accessible, assert, PHONE, settled, shot, sound, world } from './world.mjs'

const INST = '/institutions/hyzq'
const TODAY = '2026-11-23'
const FIRST = 'national.2-1' // by half past one: four hours after it was known
const TOLD = 'csrc.2-1'
let w
let platform
before(async () => {
  w = await world('own', {
    packs: ['core', 'sf-cloud', 'sf-incident-clocks'].map((name) => fileURLToPath(new URL('../../packs/' + name, import.meta.url))),
    clock: `${TODAY}T10:00:00+08:00`,
    institution: { code: 'hyzq', name: '华源证券股份有限公司', type: 'client', licence: ['securities'], national_channel: 'provincial' },
  })
  const provider = await made('provider', { name: '云甲' })
  platform = await made('platform', { provider: provider.id, name: '甲公共云', model: 'public' })
})
after(() => w.stop())

async function made(kind, fields) {
  const r = await w.send('POST', `${INST}/records/${kind}`, { fields })
  assert.equal(r.status, 201, JSON.stringify(r.json))
  return r.json
}
async function choose(page, box, field, text) {
  await box.locator(`[data-field=${field}] .el-select`).click()
  const options = page.locator('.el-select-dropdown:visible .el-select-dropdown__item')
  await (text ? options.filter({ hasText: text }) : options).first().click()
  await page.waitForFunction(() => ![...document.querySelectorAll('.el-select-dropdown')].some((e) => e.offsetParent))
}
const fill = (box, field, text) => box.locator(`[data-field=${field}] input`).first().fill(text)
const owed = (page, id) => page.locator(`[data-test=owed] [data-owed="${id}"]`)
async function status(page, id, wanted) {
  await page.locator(`[data-test=owed] [data-owed="${id}"][data-status=${wanted}]`).waitFor()
}
const stands = (page) => page.locator('[data-test=timeline] li').allInnerTexts()

test('an incident is entered, its clocks run, is told and recovered, and the clock stops', async () => {
  const page = await w.open('/operating/incidents')
  await settled(page)
  await page.locator('[data-new=incident]').click()
  await page.waitForURL(/records\/incident\/new/)
  await settled(page)
  const form = page.locator('form').first()
  await fill(form, 'number', 'SJ-2026-1')
  await fill(form, 'title', '存储节点故障')
  await choose(page, form, 'platform', '甲公共云')
  await form.locator('.unfold').click()
  await choose(page, form, 'nature', '设备或软件故障')
  for (const [field, value] of [['detected_on', TODAY], ['aware_on', TODAY]]) {
    await fill(form, field, value)
    await page.keyboard.press('Enter')
  }
  await fill(form, 'detected_time', '0905')
  await fill(form, 'aware_time', '0930')
  await choose(page, form, 'grade', '较大')
  await choose(page, form, 'national_grade', '较大')
  await page.locator('[data-test=save]').click()
  await page.waitForURL((url) => url.pathname.endsWith('/operating/incidents')) // and not where it only says where to go back to
  const incident = (await w.get(`${INST}/records/incident`)).items[0]
  assert.equal(incident.fields.detected_time, 905)

  // Its clocks: in the list the day, opened which, until when, and for what.
  const item = page.locator(`[data-item="${incident.id}"]`)
  await item.locator('[data-tone=soon]').waitFor()
  assert.match(await item.locator('.clock').innerText(), /今天/)
  await item.locator('.head').click()
  await status(page, FIRST, 'unknown')
  await status(page, TOLD, 'unmet')
  assert.match(await owed(page, FIRST).innerText(), /13:30/)
  assert.equal(await page.locator('[data-test=owed] li').first().getAttribute('data-owed'), TOLD, 'what is missed comes first')
  assert.equal(await owed(page, 'csrc.2-2').count(), 0, 'what does not apply is not owed')
  await accessible(page)
  await shot(page, 'incident-clocks-zh', { full: true })

  // Events go into its timeline, in the order in which they happened.
  const dialog = page.locator('[data-test=entry-dialog]')
  for (const [title, type, side, time] of [['受托方切换到备用节点', '处置措施', '受托方', '1010'], ['受托方电话报告进展', '处置进展报告', '受托方', '0950']]) {
    const n = await page.locator('[data-test=timeline] li').count()
    await page.locator('[data-test=add-event]').click()
    await dialog.locator('[data-field=title] input').waitFor()
    await fill(dialog, 'title', title)
    await choose(page, dialog, 'type', type)
    await choose(page, dialog, 'side', side)
    await fill(dialog, 'happened_time', time)
    await page.locator('[data-test=entry-go]').click()
    await dialog.waitFor({ state: 'detached' })
    await page.waitForFunction((x) => document.querySelectorAll('[data-test=timeline] li').length === x, n + 1)
  }
  const before = await stands(page)
  assert.match(before[0], /09:05[\s\S]*受托方发现/)
  assert.match(before[1], /09:50[\s\S]*受托方电话报告进展[\s\S]*45 分钟/)
  assert.match(before[2], /10:10[\s\S]*受托方切换到备用节点[\s\S]*1 小时 5 分/)

  // Our own report: to the province, by phone. The clock of the first report stops, the other goes on.
  await page.locator('[data-test=add-report]').click()
  await dialog.locator('[data-field=number] input').waitFor()
  assert.equal(await dialog.locator('[data-field=sent_on] input').inputValue(), TODAY)
  await choose(page, dialog, 'regime', '国家网络安全事件报告')
  await choose(page, dialog, 'type', '首报')
  await choose(page, dialog, 'recipient', '省级网信部门')
  await choose(page, dialog, 'channel', '电话')
  await fill(dialog, 'sent_time', '1105')
  await accessible(page)
  await shot(page, 'incident-report-zh')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await status(page, FIRST, 'met')
  assert.match(await owed(page, FIRST).innerText(), /13:30/)
  assert.equal(await owed(page, FIRST).locator('.due').count(), 0)
  await item.locator('.head .clock').waitFor({ state: 'detached' }) // nothing falls due any more
  await status(page, TOLD, 'unmet')
  const reported = (await stands(page)).find((x) => /11:05/.test(x))
  assert.match(reported, /事件报告[\s\S]*首报[\s\S]*省级网信部门[\s\S]*电话[\s\S]*2 小时 0 分/)
  assert.equal((await w.get(`${INST}/due`)).items.filter((d) => d.subject.id === incident.id).length, 0)

  await page.locator('[data-test=add-report]').click()
  await dialog.locator('[data-field=number] input').waitFor()
  assert.equal(await dialog.locator('[data-field=number] input').inputValue(), '2')
  await choose(page, dialog, 'regime', '证监会')
  await choose(page, dialog, 'type', '首报')
  await choose(page, dialog, 'recipient', '证监会派出机构')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await status(page, TOLD, 'met')

  // It is over.
  await item.locator('[data-step=recover]').click()
  await dialog.locator('[data-field=recovered_on] input').waitFor()
  assert.equal(await dialog.locator('[data-field=recovered_on] input').inputValue(), TODAY)
  await fill(dialog, 'recovered_time', '1130')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await item.getByText('已恢复').first().waitFor()
  assert.match((await stands(page)).find((x) => /11:30/.test(x)), /恢复[\s\S]*2 小时 25 分/)
  await accessible(page)
  await shot(page, 'incident-over-zh', { full: true })
  await sound(page)
})

test('a report that came too late is said so; a time that is none is refused beside its field', async () => {
  const incident = await made('incident', {
    number: 'SJ-2026-2', title: '网络中断', platform: platform.id, nature: 'failure', detected_on: TODAY, detected_time: 100, aware_on: TODAY, aware_time: 100, national_grade: 'major',
  })
  const page = await w.open(`/operating/incidents?open=${incident.id}`)
  await settled(page)
  await status(page, FIRST, 'unknown')
  const dialog = page.locator('[data-test=entry-dialog]')
  await page.locator('[data-test=add-report]').click()
  await dialog.locator('[data-field=number] input').waitFor()
  await choose(page, dialog, 'regime', '国家网络安全事件报告')
  await choose(page, dialog, 'type', '首报')
  await choose(page, dialog, 'recipient', '省级网信部门')
  await fill(dialog, 'sent_time', '9999')
  await page.locator('[data-test=entry-go]').click()
  await dialog.getByText('报告时刻').first().waitFor()
  await dialog.locator('[role=alert]').first().waitFor()
  await shot(page, 'incident-refused-zh')
  await fill(dialog, 'sent_time', '0930')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await status(page, FIRST, 'unmet')
  assert.match(await owed(page, FIRST).innerText(), /270 分钟/)
  await sound(page)
})

test('the overview in English: which incident is open, what falls due today, and the way there', async () => {
  const incident = await made('incident', {
    number: 'SJ-2026-3', title: 'Gateway down', platform: platform.id, nature: 'failure', detected_on: TODAY, detected_time: 955, aware_on: TODAY, aware_time: 955, national_grade: 'larger',
  })
  for (const [size, name] of [[undefined, 'en'], [PHONE, 'phone-en']]) {
    const page = await w.open('/operating', { lang: 'en', ...(size ? { size } : {}) })
    await settled(page)
    // Those that nobody has closed yet.
    const open = (await w.get(`${INST}/records/incident?filter=state:ne:closed`)).total
    assert.equal(await page.locator('[data-figure=incidents] strong').innerText(), String(open))
    const task = page.locator(`[data-group=now] [data-task="${incident.id}"]`)
    await task.waitFor()
    assert.match(await task.innerText(), /Gateway down/)
    await accessible(page)
    await shot(page, `incident-today-${name}`)
    await task.locator('a').first().click()
    await page.waitForURL((url) => url.pathname.endsWith('/operating/incidents') && url.searchParams.get('open') === incident.id)
    await status(page, FIRST, 'unknown')
    assert.match(await owed(page, FIRST).innerText(), /13:55/)
    await page.locator('[data-test=timeline] li').first().waitFor()
    const names = /云甲|甲公共云|网络中断|存储节点故障|华源证券股份有限公司/g
    assert.doesNotMatch((await page.locator('main').innerText()).replace(names, ''), /[一-鿿]/, 'all of it is English, but for names')
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(wide <= 0, `${wide} px wider than the screen`)
    await shot(page, `incident-${name}`, { full: true })
    await sound(page)
  }
})
