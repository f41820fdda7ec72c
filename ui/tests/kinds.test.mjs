// SPDX-License-Identifier: Apache-2.0
// What a pack declares is on the page with no code: a kind of its own with a field of every type, and a field more on
// a kind that another pack has.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, test } from 'node:test'
import { accessible, assert, join, PHONE, root, settled, shot, sound, world, writeFileSync } from './world.mjs'

const PACK = `pack: probe
edition: "1"
title: {zh: 试验包, en: Probe}
requires: [core]
extends: [core]
`
const ROOM = `kind: room
label: {zh: 机房, en: Machine room}
help: {zh: 放置设备的房间。, en: A room for devices.}
key: [code]
name: title
initial: planned
states:
  planned: {label: {zh: 筹建, en: Planned}}
  used: {label: {zh: 在用, en: In use}}
  closed: {label: {zh: 关闭, en: Closed}, final: true}
transitions:
  open: {from: [planned], to: used, label: {zh: 启用, en: Open}}
  close: {from: [used], to: closed, label: {zh: 关停, en: Close}}
fields:
  code: {type: text, required: true, max: 20, label: {zh: 编号, en: Code}}
  title: {type: text, required: true, label: {zh: 名称, en: Name}}
  notes: {type: longtext, label: {zh: 说明, en: Notes}}
  racks: {type: integer, min: 1, max: 500, label: {zh: 机柜数, en: Racks}, help: {zh: 已装的机柜。, en: Racks in place.}}
  power: {type: decimal, scale: 2, label: {zh: 功率, en: Power}}
  opened_on: {type: date, label: {zh: 启用日期, en: Opened on}}
  checked_on: {type: date, after: opened_on, label: {zh: 检查日期, en: Checked on}}
  rounds_at: {type: integer, clock: true, label: {zh: 巡检时刻, en: Rounds at}}
  guarded: {type: bool, label: {zh: 有人值守, en: Guarded}}
  tier:
    type: choice
    label: {zh: 等级, en: Tier}
    options:
      a: {zh: 甲级, en: First}
      b: {zh: 乙级, en: Second}
  cooling:
    type: choice
    list: true
    label: {zh: 冷却方式, en: Cooling}
    options:
      air: {zh: 风冷, en: Air}
      water: {zh: 水冷, en: Water}
  keeper: {type: ref, to: person, label: {zh: 管理人, en: Keeper}}
  guards: {type: ref, to: person, list: true, label: {zh: 值守人, en: Guards}}
  aliases: {type: text, list: true, label: {zh: 别名, en: Aliases}}
`
const PERSON = `extend: person
fields:
  badge: {type: text, max: 16, label: {zh: 工牌号, en: Badge}}
`

let w, packs, keeper
before(async () => {
  packs = mkdtempSync(join(tmpdir(), 'yj-packs-'))
  mkdirSync(join(packs, 'probe/kinds'), { recursive: true })
  writeFileSync(join(packs, 'probe/pack.yaml'), PACK)
  writeFileSync(join(packs, 'probe/kinds/room.yaml'), ROOM)
  writeFileSync(join(packs, 'probe/kinds/person.yaml'), PERSON)
  w = await world('own', { packs: [join(root, 'packs/core'), join(packs, 'probe')] })
  const made = await w.send('POST', '/institutions/hyzq/records/person', { fields: { number: 'P1', name: '李明', badge: 'B-77' } })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  keeper = made.json.id
})
after(async () => {
  await w.stop()
  rmSync(packs, { recursive: true, force: true })
})

const option = (page, text) => page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: text }).first()
async function choose(page, field, text) {
  const box = page.locator(`[data-field=${field}] .el-select`)
  await box.click()
  await option(page, text).click()
  await box.getByText(text).first().waitFor()
  await page.keyboard.press('Escape')
}

test('a kind of a pack has its list, form, detail, history and transitions', async () => {
  const page = await w.open('/records')
  await settled(page)
  await page.getByRole('link', { name: '机房' }).click()
  await page.waitForURL(/records\/room$/)
  await settled(page)
  await page.getByText('放置设备的房间。').waitFor()
  await page.locator('[data-test=new]').click()
  await page.locator('[data-test=save]').waitFor()
  const unfold = page.locator('.unfold')
  if (await unfold.count()) await unfold.click()
  const declared = (await w.get('/kinds/room')).fields.map((f) => f.name)
  assert.equal(declared.length, 14)
  for (const name of declared) await page.locator(`[data-field=${name}]`).waitFor()
  const put = async (field, text) => {
    const input = page.locator(`[data-field=${field}]`).locator('input, textarea').first()
    await input.fill(text)
    await input.press('Tab')
  }
  await put('code', 'R-1')
  await put('title', '张江一号机房')
  await put('notes', '第一行\n第二行')
  await put('racks', '1,200')
  await put('power', '99.95')
  await put('opened_on', '2026-03-01')
  await put('checked_on', '2026-02-01')
  await put('rounds_at', '25:00')
  await page.locator('[data-field=guarded] .el-switch').click()
  await choose(page, 'tier', '甲级')
  await choose(page, 'cooling', '水冷')
  await choose(page, 'keeper', '李明')
  await choose(page, 'guards', '李明')
  await put('aliases', '东机房\n一号')
  await shot(page, 'kind-form-zh')
  await accessible(page)
  // What the kind forbids is said at the field, by its label; nothing is saved.
  await page.locator('[data-test=save]').click()
  await page.locator('[data-field=racks] .el-form-item__error').waitFor()
  assert.equal((await w.get('/institutions/hyzq/records/room')).total, 0)
  await put('racks', '120')
  await page.locator('[data-test=save]').click()
  await page.locator('[data-field=rounds_at] .el-form-item__error', { hasText: '时刻' }).waitFor()
  await put('rounds_at', '9：05')
  assert.equal(await page.locator('[data-field=rounds_at] input').inputValue(), '09:05')
  await page.locator('[data-test=save]').click()
  await page.locator('[data-field=checked_on] .el-form-item__error').waitFor()
  await put('checked_on', '2026-04-01')
  await page.locator('[data-test=save]').click()
  await page.waitForURL(/records\/room\/[0-9a-f-]{36}$/)
  await settled(page)
  const id = page.url().split('/').at(-1)
  assert.deepEqual((await w.get(`/institutions/hyzq/records/room/${id}`)).fields, {
    code: 'R-1', title: '张江一号机房', notes: '第一行\n第二行', racks: 120, power: '99.95', opened_on: '2026-03-01', checked_on: '2026-04-01', rounds_at: 905,
    guarded: true, tier: 'a', cooling: ['water'], keeper, guards: [keeper], aliases: ['东机房', '一号'],
  })
  const main = page.locator('#main')
  for (const shown of ['张江一号机房', '99.95', '09:05', '甲级', '水冷', '李明', '东机房', '筹建']) await main.getByText(shown).first().waitFor()
  await shot(page, 'kind-detail-zh')
  await accessible(page)
  await page.locator('[data-transition=open]').click()
  await page.locator('[data-test=move-go]').click()
  await page.locator('[data-test=state]', { hasText: '在用' }).waitFor()
  await page.getByRole('tab', { name: '历史' }).click()
  await page.locator('[data-test=history]').getByText('启用').first().waitFor()
  await sound(page)
})

test('its list finds by a condition on any field, in English and on a phone', async () => {
  for (let i = 0; i < 6; i++) {
    const made = await w.send('POST', '/institutions/hyzq/records/room', { fields: { code: `R-2${i}`, title: `Spare ${i}`, tier: i % 2 ? 'a' : 'b', ...(i ? {} : { keeper }) } })
    assert.equal(made.status, 201, JSON.stringify(made.json))
  }
  const total = async (filter) => (await w.get(`/institutions/hyzq/records/room?${filter.map((f) => 'filter=' + f).join('&')}`)).total
  const page = await w.open('/records/room', { lang: 'en' })
  await settled(page)
  const rows = page.locator('[data-test=table] tbody tr.row-line')
  const stand = (n) => page.waitForFunction((n) => document.querySelectorAll('[data-test=table] tbody tr.row-line').length === n, n)
  assert.equal(await rows.count(), await total([]))
  await page.goto(w.url + '/p/records/room?filter=tier:eq:b')
  await page.locator('[data-test=condition]', { hasText: 'Tier = Second' }).waitFor()
  await stand(await total(['tier:eq:b']))
  await page.locator('[data-test=condition]').click()
  await stand(await total([]))
  await page.goto(w.url + `/p/records/room?filter=keeper:eq:${keeper}&filter=guarded:eq:true`)
  await page.locator('[data-test=condition]', { hasText: 'Keeper = 李明' }).waitFor()
  await page.locator('[data-test=condition]', { hasText: 'Guarded = Yes' }).waitFor()
  await stand(await total([`keeper:eq:${keeper}`, 'guarded:eq:true']))
  await shot(page, 'kind-list-en')
  await page.goto(w.url + '/p/records/room?filter=rounds_at:lt:9:06')
  await page.locator('[data-test=condition]', { hasText: 'Rounds at < 09:06' }).waitFor()
  await stand(1)
  // And entered by hand, as the form for a condition gives it.
  await page.goto(w.url + '/p/records/room')
  await settled(page)
  await page.locator('[data-test=add-filter]').click()
  await page.getByRole('combobox', { name: 'Filter' }).first().click()
  await page.locator('.el-select-dropdown__item:visible', { hasText: 'Guarded' }).click()
  await page.locator('.el-popover:visible .el-switch').click()
  await page.locator('.el-popover:visible').getByRole('button', { name: 'OK' }).click()
  await page.locator('[data-test=condition]', { hasText: 'Guarded = Yes' }).waitFor()
  await stand(await total(['guarded:eq:true']))
  await accessible(page)
  await page.goto(w.url + '/p/import?kind=room')
  await settled(page)
  await page.getByText('Machine room').first().waitFor()
  await sound(page)
  const phone = await w.open('/records/room', { size: PHONE })
  await settled(phone)
  await phone.getByText('Spare 3').first().waitFor()
  await accessible(phone)
  await shot(phone, 'kind-list-zh-phone')
  await sound(phone)
})

test('a field that a pack adds to another’s kind is in its form, its detail and its list', async () => {
  const page = await w.open(`/records/person/${keeper}`)
  await settled(page)
  await page.getByText('B-77').first().waitFor()
  await page.locator('[data-test=edit]').click()
  await page.locator('[data-test=save]').waitFor()
  const unfold = page.locator('.unfold')
  if (await unfold.count()) await unfold.click()
  await page.locator('[data-field=badge] input').fill('B-78')
  await page.locator('[data-test=save]').click()
  await page.waitForURL(/records\/person\/[0-9a-f-]{36}$/)
  await page.getByText('B-78').first().waitFor()
  await page.goto(w.url + '/p/records/person?filter=badge:eq:B-78')
  await page.locator('[data-test=condition]', { hasText: '工牌号 = B-78' }).waitFor()
  await page.locator('[data-test=table]').getByText('李明').waitFor()
  await sound(page)
})
