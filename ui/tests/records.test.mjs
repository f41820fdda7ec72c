// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, serve, settled, shot, sound, world } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

test('a list: search, state, order, columns; the address keeps it', async () => {
  const page = await w.open('/records/deployment')
  await settled(page)
  const rows = page.locator('[data-test=table] tbody tr.row-line')
  assert.ok((await rows.count()) > 20)
  await shot(page, 'list-zh')
  await accessible(page)
  await page.locator('[data-test=list-search] input, input[data-test=list-search]').first().fill('灾备')
  await page.waitForURL(/q=/)
  await page.waitForFunction(() => document.querySelectorAll('[data-test=table] tbody tr.row-line').length < 15)
  for (const text of await rows.allInnerTexts()) assert.match(text, /灾备/)
  await page.reload()
  await settled(page)
  assert.ok((await rows.count()) < 15)
  await sound(page)
})

test('a record is entered, changed and moved; its history tells', async () => {
  const page = await w.open('/records/system/new')
  await settled(page)
  await page.locator('[data-test=save]').click()
  await page.getByText('必填').first().waitFor()
  await page.locator('[data-field=code] input').fill('NEW-01')
  await page.locator('[data-field=name] input').fill('量化策略回测系统')
  const kind = await w.get('/kinds/system')
  for (const f of kind.fields.filter((f) => f.required && !['code', 'name'].includes(f.name))) {
    const box = page.locator(`[data-field=${f.name}]`)
    if (f.type === 'choice') {
      await box.locator('.el-select').click()
      await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
    } else if (f.type === 'ref') {
      await box.locator('.el-select').click()
      await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
    } else if (f.type === 'date') await box.locator('input').fill('2026-01-01')
    else if (f.type !== 'bool') await box.locator('input, textarea').first().fill('1')
  }
  await shot(page, 'form-zh')
  await accessible(page)
  await page.locator('[data-test=save]').click()
  await page.waitForURL(/records\/system\/[0-9a-f-]{36}$/)
  await settled(page)
  assert.equal(await page.locator('[data-test=title]').innerText(), '量化策略回测系统')
  await page.locator('[data-test=edit]').click()
  await page.locator('[data-field=name] input').fill('量化回测系统')
  await page.locator('[data-test=save]').click()
  await page.waitForURL(/records\/system\/[0-9a-f-]{36}$/)
  await page.getByRole('tab', { name: '历史' }).click()
  await page.locator('[data-test=history]').getByText('量化策略回测系统').first().waitFor()
  assert.match(await page.locator('[data-test=history]').innerText(), /第 2 版[\s\S]*量化策略回测系统[\s\S]*量化回测系统[\s\S]*第 1 版/)
  await shot(page, 'history-zh')
  await sound(page)
})

test('a refused transition says what is missing, and each leads to a form that is filled in', async () => {
  const made = await w.send('POST', '/institutions/lxzq/records/security_plan', { fields: { code: 'FA-TEST', title: '试验方案' } })
  assert.equal(made.status, 201)
  const id = made.json.id
  const moved = await w.send('POST', `/institutions/lxzq/records/security_plan/${id}/transitions`, { transition: 'submit' })
  assert.equal(moved.status, 200, JSON.stringify(moved.json))
  const page = await w.open(`/records/security_plan/${id}`)
  await settled(page)
  await page.locator('[data-transition=approve]').click()
  const dialog = page.locator('[data-test=move-dialog]')
  await dialog.locator('[data-test=misses] li').first().waitFor()
  assert.ok((await dialog.locator('[data-test=misses] > li').count()) >= 5)
  await shot(page, 'refused-zh')
  await accessible(page)
  await dialog.locator('[data-way=plan_section]').first().click()
  await page.waitForURL(/records\/plan_section\/new\?/)
  await page.waitForFunction(() => document.querySelector('[data-field=plan]')?.textContent?.includes('试验方案'))
  await sound(page)
})

test('a stale edit shows both versions and saves what is chosen', async () => {
  const list = await w.get('/institutions/lxzq/records/system?limit=1')
  const s = list.items[0]
  const page = await w.open(`/records/system/${s.id}/edit`)
  await settled(page)
  await page.locator('[data-field=name] input').fill('我改的名字')
  const read = await fetch(`${w.url}/api/v1/institutions/lxzq/records/system/${s.id}`)
  const other = await w.send('PATCH', `/institutions/lxzq/records/system/${s.id}`, { fields: { name: '别人改的名字' } }, { 'If-Match': read.headers.get('etag') })
  assert.equal(other.status, 200, JSON.stringify(other.json))
  await page.locator('[data-test=save]').click()
  const panel = page.locator('[data-test=stale]')
  await panel.waitFor()
  assert.match(await panel.innerText(), /我改的名字[\s\S]*别人改的名字/)
  await shot(page, 'stale-zh')
  await accessible(page)
  await panel.locator('[data-test=merge]').click()
  await page.waitForURL(/records\/system\/[0-9a-f-]{36}$/)
  await settled(page)
  assert.equal(await page.locator('[data-test=title]').innerText(), '我改的名字')
  await sound(page)
})

test('what another changes appears without reloading', async () => {
  const list = await w.get('/institutions/lxzq/records/system?limit=2')
  const s = list.items[1]
  const page = await w.open(`/records/system/${s.id}`)
  await settled(page)
  const read = await fetch(`${w.url}/api/v1/institutions/lxzq/records/system/${s.id}`)
  const r = await w.send('PATCH', `/institutions/lxzq/records/system/${s.id}`, { fields: { name: '实时更新的名字' } }, { 'If-Match': read.headers.get('etag') })
  assert.equal(r.status, 200, JSON.stringify(r.json))
  await page.locator('[data-test=title]', { hasText: '实时更新的名字' }).waitFor()
})

test('a past day is shown as it was and cannot be changed', async () => {
  const page = await w.open('/records/deployment')
  await settled(page)
  const rows = page.locator('[data-test=table] tbody tr.row-line')
  const now = await rows.count()
  await page.locator('.bar .as-of input').fill('2024-06-30')
  await page.locator('.bar .as-of input').press('Enter')
  await page.locator('[data-test=looking-back]').waitFor()
  await page.waitForFunction((n) => document.querySelectorAll('[data-test=table] tbody tr.row-line').length < n, now)
  assert.equal(await page.locator('[data-test=new]').count(), 0)
})

/* What the page asks the server for, by the paths that fit. */
function watchRequests(page, what) {
  const seen = []
  page.on('request', (r) => {
    const path = r.url().split(/\/api\/v1\/institutions\/[^/]+/)[1] ?? ''
    if (what.test(path)) seen.push(path)
  })
  return seen
}
const create = async (kind, fields) => {
  const made = await w.send('POST', `/institutions/lxzq/records/${kind}`, { fields })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  return made.json
}

test('what others change is read again where it is shown, and nothing else; a long list stays where it is', async () => {
  const rows = ['code,name,importance', ...Array.from({ length: 5000 }, (_, i) => `LONG-${String(i).padStart(4, '0')},长表系统${i},ordinary`)]
  const sent = await fetch(w.url + '/api/v1/institutions/lxzq/import?name=system.csv', { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: rows.join('\n') })
  assert.equal(sent.status, 200, (await sent.text()).slice(0, 300))
  const page = await w.open('/records/system?sort=code&q=长表')
  await settled(page)
  const lists = watchRequests(page, /^\/records\/system\?/)
  const statuses = watchRequests(page, /^\/status/)
  const box = page.locator('[data-test=table]')
  const end = () => box.evaluate((b) => b.scrollTo(0, b.scrollHeight))
  for (let i = 0; i < 40 && !(await box.getByText('长表系统4999').count()); i++) {
    await end()
    await page.waitForTimeout(200)
  }
  await box.getByText('长表系统4999').waitFor()
  assert.ok(lists.length <= 6, lists.join(' '))
  await box.evaluate((b) => b.scrollTo(0, 44 * 2500))
  await box.getByText('长表系统2500', { exact: true }).waitFor()
  const place = (name) => box.getByText(name, { exact: true }).evaluate((e) => Math.round(e.getBoundingClientRect().top))
  const was = await place('长表系统2505')
  /* Somebody else's work on another kind: the page hears of it, and leaves the list alone. The judge may come later. */
  const heard = async (what) => {
    const before = statuses.length
    const made = await what()
    for (let i = 0; i < 100 && statuses.length === before; i++) await page.waitForTimeout(100)
    assert.ok(statuses.length > before, 'the page heard of it')
    await page.waitForTimeout(1500)
    return made
  }
  lists.length = 0
  await heard(() => create('person', { number: 'P-9001', name: '他人' }))
  assert.deepEqual(lists, [])
  /* Its own kind, far above the view: what is in view is read again, and stays where it is. */
  await heard(() => create('system', { code: 'LONG-0000A', name: '长表插入', importance: 'ordinary' }))
  assert.ok(lists.length >= 1 && lists.length <= 3, lists.join(' '))
  assert.equal(await place('长表系统2505'), was)
  /* A row above it in the view, and the row's own name. */
  lists.length = 0
  const at = (await w.get('/institutions/lxzq/records/system/LONG-2504')).id
  await heard(() => create('system', { code: 'LONG-2502A', name: '长表视野里', importance: 'ordinary' }))
  await box.getByText('长表视野里').waitFor()
  const read = await fetch(`${w.url}/api/v1/institutions/lxzq/records/system/${at}`)
  const changed = await w.send('PATCH', `/institutions/lxzq/records/system/${at}`, { fields: { name: '长表改名' } }, { 'If-Match': read.headers.get('etag') })
  assert.equal(changed.status, 200, JSON.stringify(changed.json))
  await box.getByText('长表改名').waitFor()
  assert.ok(lists.length <= 6, lists.join(' '))
  /* Pages that were not in view are old: they are read when they are looked at. */
  lists.length = 0
  await box.evaluate((b) => b.scrollTo(0, 0))
  await box.getByText('长表插入').waitFor()
  assert.ok(lists.length >= 1 && lists.length <= 3, lists.join(' '))
  await end()
  await box.getByText('长表系统4999').waitFor()
  const ids = await box.locator('tr.row-line').evaluateAll((l) => l.map((e) => e.dataset.id))
  assert.equal(new Set(ids).size, ids.length)
  await sound(page)
})

test('a page that was cut off reads everything again', async () => {
  const page = await w.open('/records/person?q=断线')
  await settled(page)
  const { port } = new URL(w.url)
  await w.server.stop()
  await page.locator('[data-test=offline]').waitFor()
  const again = await serve(w.data, `127.0.0.1:${port}`)
  try {
    await create('person', { number: 'P-9002', name: '断线时来的人' })
    await page.locator('[data-test=table]').getByText('断线时来的人').first().waitFor()
    await page.locator('[data-test=offline]').waitFor({ state: 'detached' })
    await sound(page)
  } finally {
    await again.stop()
  }
})
