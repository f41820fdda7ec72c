// SPDX-License-Identifier: Apache-2.0
// Leaving: the guided exit. What blocks the next step is in sight, each step is worked on where it stands, and a large
// inventory is scrolled with only the rows in view drawn.
import { after, before, test } from 'node:test'
import { writeFileSync } from 'node:fs'
import { accessible, assert, join, PHONE, settled, shot, sound, world } from './world.mjs'

const INST = '/institutions/lxzq'
const STEPS = ['range', 'inventory', 'approval', 'return', 'access', 'media', 'closing']
const MANY = 20000
let w
let returning
let erasing
let today
before(async () => {
  w = await world('example')
  today = (await w.get(`${INST}/due`)).today
  const exits = await w.get(`${INST}/records/exit`)
  returning = exits.items.find((e) => e.state === 'returning')
  erasing = exits.items.find((e) => e.state === 'erasing')
})
after(() => w.stop())

async function made(kind, fields) {
  const r = await w.send('POST', `${INST}/records/${kind}`, { fields })
  assert.equal(r.status, 201, JSON.stringify(r.json))
  return r.json
}

/** Choose from a list, and wait until it has closed. */
async function pick(page, select, text) {
  await select.click()
  const options = page.locator('.el-select-dropdown:visible .el-select-dropdown__item')
  await (text ? options.filter({ hasText: text }) : options).first().click()
  await page.waitForFunction(() => ![...document.querySelectorAll('.el-select-dropdown')].some((e) => e.offsetParent))
}

test('every step of an exit opens in both languages and both widths, with what blocks in sight', async () => {
  for (const [lang, size, name] of [['zh', undefined, 'zh'], ['en', undefined, 'en'], ['zh', PHONE, 'phone']]) {
    const page = await w.open('/leaving', { lang, ...(size ? { size } : {}) })
    await settled(page)
    await accessible(page, `${name} leaving`)
    await shot(page, `leaving-${name}`)
    await page.locator(`[data-exit="${erasing.id}"] a`).click()
    await page.waitForURL(new RegExp(erasing.id))
    await settled(page)
    for (const step of STEPS) {
      await page.locator(`[data-test=steps] [data-step=${step}]`).click()
      await page.locator(`[data-test=step-body][data-at=${step}]`).waitFor()
      await settled(page)
      await page.waitForTimeout(200)
      await settled(page)
      assert.ok(await page.locator(size ? '[data-test=blocks-bar]' : '[data-test=blocks] h2').isVisible())
      if (size) assert.ok(await page.locator('[data-test=blocks-bar]').evaluate((e) => e.getBoundingClientRect().bottom <= window.innerHeight))
      await accessible(page, `${name} ${step}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.ok(wide <= 0, `${step} is ${wide} px wider than the screen`)
      await shot(page, `leaving-${step}-${name}`)
    }
    await sound(page)
  }
})

test('the step one is at is told by the state, and the gate says what is missing as the server does', async () => {
  const page = await w.open(`/leaving/${returning.id}`)
  await settled(page)
  await page.locator('[data-test=step-body][data-at=return]').waitFor()
  assert.equal(await page.locator('[data-test=steps] [data-mark=now]').getAttribute('data-step'), 'return')
  const gate = (await w.get(`${INST}/records/exit/${returning.id}/gates`)).items.find((g) => g.gated)
  await page.locator('[data-test=blocks] [data-test=misses] > li').first().waitFor()
  assert.equal(await page.locator('[data-test=blocks] [data-test=misses] > li').count(), gate.misses.length)
  await shot(page, 'leaving-returning-zh')
  // A way out comes back to the step.
  await page.locator('[data-test=blocks] [data-way]').first().click()
  await page.waitForURL(/records\/.*back=/)
  assert.equal(new URL(page.url()).searchParams.get('back'), `/leaving/${returning.id}?step=return`)
  await sound(page)
})

test('access is revoked row by row in place; the next row opens with what stays the same', async () => {
  const exit = erasing
  for (const n of ['T-01', 'T-02', 'T-03'])
    await made('access_grant', { deployment: exit.fields.deployment, name: n, type: 'electronic', resource: '10.9.0.' + n.slice(-1) })
  const person = (await w.get(`${INST}/records/person?limit=1&filter=state:eq:active`)).items[0]
  const page = await w.open(`/leaving/${exit.id}?step=access`)
  await settled(page)
  const rows = page.locator('[data-test=grants] > li')
  const row = (name) => rows.filter({ hasText: name })
  await row('T-01').locator('[data-act=revoke]').click()
  const form = page.locator('[data-test=grants] form')
  await form.waitFor()
  assert.equal(await form.locator('[data-field=revoked_on] input').inputValue(), today)
  await pick(page, form.locator('[data-field=revoked_by] .el-select'))
  await form.locator('[data-field=method] input').fill('吊销密钥')
  await shot(page, 'leaving-revoke-zh')
  await accessible(page)
  await page.locator('[data-test=save-next]').click()
  await row('T-02').locator('form').waitFor()
  assert.equal(await row('T-02').locator('[data-field=method] input').inputValue(), '吊销密钥')
  await row('T-02').locator('[data-field=method] input').press('Enter')
  await row('T-03').locator('form').waitFor()
  await row('T-03').locator('[data-field=attempts] input').fill('3')
  await row('T-03').locator('[data-field=attempts_let_in] input').fill('1')
  await page.locator('[data-test=save-row]').click()
  await form.waitFor({ state: 'detached' })
  await row('T-03').getByText('仍可进入 1 次').waitFor()
  await row('T-01').getByText('撤销后未试访问').waitFor()
  const all = await w.get(`${INST}/records/access_revocation?limit=1000`)
  assert.equal(all.items.filter((r) => r.fields.method === '吊销密钥').length, 3)
  assert.ok(person)
  // A mistake is said beside the row, and nothing is lost.
  await row('T-01').locator('[data-act=revoke]').click()
  await form.locator('[data-field=attempts] input').fill('drei')
  await page.locator('[data-test=save-row]').click()
  await form.locator('[data-test=error]').waitFor()
  assert.equal(await form.locator('[data-field=attempts] input').inputValue(), 'drei')
  await sound(page)
})

test('an exit that is begun starts at its range; a class is judged in place', async () => {
  const deployment = (await w.get(`${INST}/records/deployment?limit=1&filter=state:eq:operating&filter=model:eq:public`)).items[0]
  const exit = await made('exit', { number: 'TC-T', title: '试退出', deployment: deployment.id, model: 'public', purpose: 'in_house', begun_on: today })
  const page = await w.open(`/leaving/${exit.id}`, { lang: 'en' })
  await settled(page)
  await page.locator('[data-test=step-body][data-at=range]').waitFor()
  const scope = page.locator('[data-test=scopes] [data-category=data_file]')
  await scope.getByText('Not judged').waitFor()
  await scope.getByRole('button').click()
  const dialog = page.locator('[data-test=entry-dialog]')
  await pick(page, dialog.locator('[data-field=decision] .el-select'))
  await pick(page, dialog.locator('[data-field=determined_by] .el-select'))
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await scope.getByText('Moves').waitFor()
  assert.match(await page.locator('[data-test=steps] [data-step=range]').innerText(), /1 of 9/)
  // The gate is shut: the refusal is whole.
  await page.locator('[data-test=blocks] [data-transition=agree]').click()
  await page.locator('[data-test=move-dialog] [data-test=misses] li').first().waitFor()
  await shot(page, 'leaving-refused-en')
  await sound(page)
})

test('twenty thousand items: counted by the server, scrolled to the end, only what is in view is drawn', async () => {
  const inventory = await made('handover_inventory', { exit: returning.id, number: 'QD-BIG', title: '大清单' })
  const system = (await w.get(`${INST}/records/system?limit=1`)).items[0]
  const asset = async (name, fields) => (await made('data_asset', { system: system.id, name, ...fields })).id
  const assets = [await asset('大文件三级', { level: 3 }), await asset('大文件二级', { level: 2 }), await asset('大文件未定级', {}), '']
  const lines = ['inventory,identifier,name,category,format,format_kind,encrypted,medium_type,size_bytes,sensitivity,data_asset']
  for (let i = 0; i < MANY; i++)
    lines.push([inventory.id, `big/${String(i).padStart(6, '0')}.dat`, `文件 ${i}`, i % 4 ? 'data_file' : 'log', 'CSV', 'common', i % 10 ? 'plain' : 'encrypted', 'online', 1000 + i, 'sensitive', assets[i % 10 < 3 ? 0 : i % 10 < 5 ? 1 : i % 10 < 6 ? 2 : 3] && 'id:' + assets[i % 10 < 3 ? 0 : i % 10 < 5 ? 1 : 2]].join(','))
  const file = join(w.dir, 'handover_item.csv')
  writeFileSync(file, lines.join('\n') + '\n')
  const sent = new FormData()
  sent.append('handover_item.csv', new Blob([lines.join('\n') + '\n'], { type: 'text/csv' }), 'handover_item.csv')
  const r = await fetch(`${w.url}/api/v1${INST}/import`, { method: 'POST', body: sent })
  assert.ok(r.ok, await r.clone().text())

  const page = await w.open(`/leaving/${returning.id}?step=inventory`)
  await settled(page)
  await pick(page, page.locator('.which'), '大清单')
  await page.getByText('20,000 项').first().waitFor()
  assert.match(await page.locator('[data-count="category:log"]').innerText(), /5,000/)
  assert.match(await page.locator('[data-count="encrypted:encrypted"]').innerText(), /2,000/)
  // By the grade of the data that an item belongs to; half of them have none, one in ten of these by its data.
  assert.match(await page.locator('[data-count="data_asset.level:3"]').innerText(), /3 级\s+6,000\s+30%/)
  assert.match(await page.locator('[data-count="data_asset.level:2"]').innerText(), /4,000/)
  assert.match(await page.locator('[data-count="data_asset.level:"]').innerText(), /未定级\s+10,000/)
  assert.equal(await page.locator('[data-count^="data_asset.level:"]').count(), 3)
  const box = page.locator('[data-test=table]')
  await box.waitFor()
  const drawn = () => page.locator('[data-test=table] tr.row-line').count()
  const most = []
  for (let i = 0; i < 400; i++) {
    const at = await box.evaluate((e) => {
      e.scrollTop = e.scrollHeight
      return document.querySelector('[data-test=table] tr.row-line:last-of-type')?.getAttribute('aria-rowindex')
    })
    most.push(await drawn())
    if (await page.locator('[data-test=table]').getByText('big/019999.dat').count()) break
    await page.waitForTimeout(50)
    assert.ok(at !== null)
  }
  await box.getByText('big/019999.dat').waitFor()
  assert.ok(Math.max(...most) < 80, `${Math.max(...most)} rows were drawn`)
  await shot(page, 'leaving-inventory-large-zh')
  // A class that is picked filters on the server.
  await page.locator('[data-count="encrypted:encrypted"]').click()
  await box.getByText('共 2,000 项').waitFor()
  await page.locator('[data-count="encrypted:encrypted"]').click()
  for (const [grade, n] of [['3', '6,000'], ['2', '4,000'], ['', '10,000']]) {
    await page.locator(`[data-count="data_asset.level:${grade}"]`).click()
    await box.getByText(`共 ${n} 项`).waitFor()
  }
  await page.locator('[data-count="category:log"]').click()
  await box.getByText('共 2,000 项').waitFor()
  await accessible(page)
  await shot(page, 'leaving-inventory-grades-zh')
  await sound(page)
})

test('an inventory is reviewed and approved by others; the number of items is filled in; a change afterwards is told', async () => {
  const inventory = await made('handover_inventory', { exit: returning.id, number: 'QD-T', title: '小清单' })
  for (const n of [1, 2]) await made('handover_item', { inventory: inventory.id, identifier: `t/${n}`, name: `t${n}`, category: 'log' })
  const moved = await w.send('POST', `${INST}/records/handover_inventory/${inventory.id}/transitions`, { transition: 'review', fields: {} })
  assert.equal(moved.status, 200, JSON.stringify(moved.json))
  const page = await w.open(`/leaving/${returning.id}?step=approval`)
  await settled(page)
  const card = page.locator(`[data-inventory="${inventory.id}"]`)
  await card.getByText('现有 2 项').waitFor()
  await card.locator('[data-step=approve]').click()
  const dialog = page.locator('[data-test=entry-dialog]')
  await dialog.locator('[data-field=items_listed] input').waitFor()
  assert.equal(await dialog.locator('[data-field=items_listed] input').inputValue(), '2')
  await page.locator('[data-test=entry-go]').click()
  await dialog.waitFor({ state: 'detached' })
  await card.getByText('已批准').waitFor()
  await made('handover_item', { inventory: inventory.id, identifier: 't/3', name: 't3', category: 'log' })
  await card.getByText('与批准时不符，须重新评审批准').waitFor()
  await sound(page)
})

test('an exit that is none says so', async () => {
  const page = await w.open('/leaving/00000000-0000-7000-8000-000000000000')
  await page.locator('[data-test=empty]').waitFor()
  assert.match(await page.locator('[data-test=empty]').innerText(), /没有这次退出/)
})
