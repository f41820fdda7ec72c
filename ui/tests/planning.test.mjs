// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, PHONE, settled, shot, sound, world } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

const INST = '/institutions/lxzq'
const records = async (kind, query = 'limit=200') => (await w.get(`${INST}/records/${kind}?${query}`)).items
const saved = (page) => page.locator('.el-message--success').first().waitFor()
const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

test('the pieces of planning stand side by side, in both languages and widths', async () => {
  for (const [lang, size] of [['zh', undefined], ['en', undefined], ['zh', PHONE]]) {
    const page = await w.open('/planning', { lang, ...(size ? { size } : {}) })
    for (const tab of ['planning', 'planning-levels', 'planning-grades', 'planning-needs', 'planning-plans']) {
      await page.locator(`[data-tab=${tab}]`).click()
      await settled(page)
      await accessible(page, `${lang} ${tab}`)
      await shot(page, `plan-${tab}-${lang}${size ? '-phone' : ''}`)
      if (size) assert.ok((await wide(page)) <= 0, `${tab} is wider than the screen`)
    }
    await sound(page)
  }
})

test('a level follows from two matrices, is saved, and is judged as worked out', async () => {
  const made = await w.send('POST', `${INST}/records/system`, { fields: { code: 'LV-1', name: '量化交易系统' } })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  await w.send('POST', `${INST}/records/deployment`, { fields: { system: made.json.id, name: '试验', model: 'public' } })
  const page = await w.open(`/planning/levels/${made.json.id}`)
  await settled(page)
  const cell = (part, at) => page.locator(`[data-part=${part}] [data-cell="${at}"] input`)
  await cell('s', 'rights:serious').check({ force: true })
  await cell('s', 'public:serious').check({ force: true })
  assert.equal(await page.locator('[data-test=outcome-s]').count(), 0)
  await cell('s', 'state:none').check({ force: true })
  assert.match(await page.locator('[data-test=outcome-s]').innerText(), /第 3 级[\s\S]*社会秩序、公共利益——严重损害/)
  // The keyboard answers too: arrows go along a row.
  await cell('a', 'rights:none').focus()
  await page.keyboard.press('ArrowRight')
  assert.ok(await cell('a', 'rights:ordinary').isChecked())
  await cell('a', 'public:ordinary').check({ force: true })
  await cell('a', 'state:none').check({ force: true })
  assert.match(await page.locator('[data-test=level]').innerText(), /第 3 级[\s\S]*S3A2/)
  await shot(page, 'plan-level-zh', { full: true })
  await accessible(page)
  await page.locator('[data-test=save]').click()
  await saved(page)
  const now = (await w.get(`${INST}/records/system/${made.json.id}`)).fields
  assert.deepEqual([now.level_s, now.level_a, now.level, now.s_public, now.a_rights, now.level_status], [3, 2, 3, 'serious', 'ordinary', 'preliminary'])
  // The rule works out the same: it asks for the reviewer, not for another level.
  const rule = (await w.get('/requirements')).items.find((r) => r.rule === 'system_level').id
  await page.waitForFunction(async ([url]) => (await (await fetch(url)).json()).items?.[0]?.code === 'not_reviewed', [`${w.url}/api/v1${INST}/verdicts?requirement=${rule}&subject=${made.json.id}`])
  await page.locator('[data-test=verdicts]').getByText('第3级').first().waitFor()
  await sound(page)
})

test('what another changed meanwhile is taken in; where both changed the same, one chooses', async () => {
  const s = (await records('system', 'filter=state:eq:active&limit=3')).at(-1)
  const page = await w.open(`/planning/levels/${s.id}`)
  await settled(page)
  const other = async (fields) => {
    const read = await fetch(`${w.url}/api/v1${INST}/records/system/${s.id}`)
    const r = await w.send('PATCH', `${INST}/records/system/${s.id}`, { fields }, { 'If-Match': read.headers.get('etag') })
    assert.equal(r.status, 200, JSON.stringify(r.json))
  }
  const not = (v) => ['none', 'ordinary', 'serious', 'grave'].filter((d) => d !== v)
  const [mine, theirs] = not(s.fields.s_rights)
  await page.locator(`[data-part=s] [data-cell="rights:${mine}"] input`).check({ force: true })
  await other({ s_rights: theirs, note: '另一处' })
  await page.locator('[data-test=save]').click()
  await page.locator('[data-test=clash]').waitFor()
  await accessible(page)
  await shot(page, 'plan-clash-zh')
  await page.locator('[data-test=keep-mine]').click()
  await saved(page)
  const now = (await w.get(`${INST}/records/system/${s.id}`)).fields
  assert.equal(now.s_rights, mine)
  assert.equal(now.note, '另一处')
  await sound(page)
})

test('a grade follows from scope and degree, by the table of the requirement', async () => {
  const system = (await records('system', 'filter=state:eq:active&limit=1'))[0]
  const made = await w.send('POST', `${INST}/records/data_asset`, { fields: { system: system.id, name: '行情快照' } })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  const page = await w.open(`/planning/grades/${made.json.id}`)
  await settled(page)
  await page.locator('[data-test=objects] [data-option=client]').click()
  await page.locator('[data-test=scope] [data-option=own_institution]').click()
  await page.locator('[data-cell="impact_confidentiality:medium"] input').check({ force: true })
  await page.locator('[data-cell="impact_integrity:serious"] input').check({ force: true })
  await page.locator('[data-cell="impact_availability:light"] input').check({ force: true })
  assert.match(await page.locator('[data-test=grade]').innerText(), /3 级/)
  await page.locator('[data-test=scope] [data-option=several_institutions]').click()
  assert.match(await page.locator('[data-test=grade]').innerText(), /4 级/)
  await shot(page, 'plan-grade-zh', { full: true })
  await accessible(page)
  await page.locator('[data-test=save]').click()
  await saved(page)
  const now = (await w.get(`${INST}/records/data_asset/${made.json.id}`)).fields
  assert.equal(now.level, 4)
  assert.equal(now.impact_integrity, 'serious')
  await sound(page)
})

test('needs stand against the sections that answer them; a cell is an answer', async () => {
  const plan = await w.send('POST', `${INST}/records/security_plan`, { fields: { code: 'FA-N', title: '覆盖试验方案' } })
  const section = await w.send('POST', `${INST}/records/plan_section`, { fields: { plan: plan.json.id, topic: 'training', text: '培训安排。' } })
  const page = await w.open(`/planning/needs?plan=${plan.json.id}`)
  await settled(page)
  const row = page.locator('[data-test=needs-matrix] [data-need]').first()
  await row.waitFor()
  const need = await row.getAttribute('data-need')
  assert.match(await page.locator('[data-test=uncovered]').innerText(), /条需求中有 \d+ 条没有回应/)
  assert.ok(await row.locator('[data-dot=exit]').isDisabled())
  await row.locator('[data-dot=training]').click()
  await saved(page)
  await page.waitForFunction((id) => document.querySelector(`[data-need="${id}"] [data-dot=training]`)?.getAttribute('aria-pressed') === 'true', need)
  assert.deepEqual((await w.get(`${INST}/records/plan_section/${section.json.id}`)).fields.needs, [need])
  await shot(page, 'plan-needs-zh')
  await sound(page)
})

test('a plan is written by topic, its demands entered, what is missing is seen', async () => {
  const plan = await w.send('POST', `${INST}/records/security_plan`, { fields: { code: 'FA-W', title: '编写试验方案', edition: '1.0' } })
  const page = await w.open(`/planning/plans/${plan.json.id}`)
  await settled(page)
  const topics = page.locator('[data-topic]')
  const asked = (await w.get('/kinds/plan_section')).fields.find((f) => f.name === 'topic').options.length
  assert.equal(await topics.count(), asked)
  assert.equal(await page.locator('[data-topic][data-there=true]').count(), 0)
  await page.locator('[data-topic=failure]').click()
  await page.locator('[data-field=text] textarea').fill('平台故障时先判断影响，再切换。')
  // Another topic is not opened over what is unsaved without asking.
  await page.locator('[data-topic=exit]').click()
  await page.locator('.el-message-box').getByRole('button', { name: '取消' }).click()
  await page.locator('[data-test=save-section]').click()
  await page.locator('[data-topic=failure][data-there=true]').waitFor()
  await page.locator('[data-test=new-item]').click()
  const dialog = page.locator('[data-test=record-dialog]')
  await dialog.locator('[data-field=title] input').fill('判断故障范围')
  await dialog.locator('[data-field=aspect] .el-select').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '发现与判断' }).click()
  await accessible(page)
  await shot(page, 'plan-item-zh')
  await page.locator('[data-test=dialog-save]').click()
  await page.getByRole('button', { name: '判断故障范围' }).waitFor()
  await shot(page, 'plan-editor-zh')
  await accessible(page)
  await page.getByRole('tab', { name: /对受托方的要求/ }).click()
  await page.locator('[data-demand=availability]').click()
  await dialog.locator('[data-field=title] input').fill('可用性')
  await dialog.locator('[data-field=demand] textarea').fill('每月可用性不低于百分之九十九点九。')
  await page.locator('[data-test=dialog-save]').click()
  await page.getByRole('button', { name: '可用性', exact: true }).waitFor()
  await shot(page, 'plan-demands-zh')
  await sound(page)
})

test('review in rounds: changes since the last, opinions, absent functions, the decision with its digest', async () => {
  const plan = (await records('security_plan')).find((p) => p.state === 'approved')
  const rounds = await records('review_round', `filter=plan:eq:${plan.id}`)
  assert.ok(rounds.length >= 1)
  const person = (await records('role', 'limit=100')).find((r) => r.fields.role === 'head_of_information_security' && !r.fields.until)?.fields.person
  const section = (await records('plan_section', `filter=plan:eq:${plan.id}`))[0]
  const page = await w.open(`/planning/plans/${plan.id}?tab=review`, { person })
  await settled(page)
  await page.locator('[data-test=round]').waitFor()
  await page.locator('[data-test=decided]').first().waitFor()
  assert.match(await page.locator('[data-test=decided]').innerText(), /#\d+ [0-9a-f]{64}/)
  await shot(page, 'plan-review-zh', { full: true })
  await accessible(page)
  // A new round looks at what was changed after the last one.
  const read = await fetch(`${w.url}/api/v1${INST}/records/plan_section/${section.id}`)
  const changed = await w.send('PATCH', `${INST}/records/plan_section/${section.id}`, { fields: { place: '附录九' } }, { 'If-Match': read.headers.get('etag') })
  assert.equal(changed.status, 200, JSON.stringify(changed.json))
  await page.locator('[data-test=new-round]').click()
  await page.locator('[data-test=dialog-save]').click()
  await page.locator(`[data-round="${rounds.length + 1}"][aria-pressed=true]`).waitFor()
  await page.locator('[data-test=round] [data-test=plan-changes] summary').first().click()
  await page.locator('[data-test=plan-changes]').getByText('附录九').first().waitFor()
  assert.ok((await page.locator('[data-test=absent] [data-function]').count()) >= 6)
  await page.locator('[data-function=security]').click()
  const dialog = page.locator('[data-test=record-dialog]')
  await dialog.locator('[data-field=opinion] textarea').fill('已对照需求清单逐条看过，数据位置和退出安排写得清楚，同意。')
  await dialog.locator('[data-field=stance] .el-select').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: /^同意$/ }).click()
  await page.locator('[data-test=dialog-save]').click()
  await page.locator('[data-stance=agrees]').waitFor()
  assert.equal(await page.locator('[data-function=security]').count(), 0)
  await shot(page, 'plan-round-zh', { full: true })
  await sound(page)
})

test('approval by two: each signs in the own name; what is missing is listed', async () => {
  const roles = (await records('role', 'limit=200')).filter((r) => !r.fields.until)
  const it = roles.find((r) => r.fields.role === 'head_of_it').fields.person
  const sec = roles.find((r) => r.fields.role === 'head_of_information_security').fields.person
  const plan = await w.send('POST', `${INST}/records/security_plan`, { fields: { code: 'FA-A', title: '批准试验方案' } })
  await w.send('POST', `${INST}/records/security_plan/${plan.json.id}/transitions`, { transition: 'submit' })
  for (const [person, field, other] of [[it, 'it_manager', 'security_manager'], [sec, 'security_manager', 'it_manager']]) {
    const page = await w.open(`/planning/plans/${plan.json.id}?tab=approval`, { person })
    await settled(page)
    await page.locator(`[data-sign=${field}]`).waitFor()
    assert.equal(await page.locator(`[data-sign=${other}]`).count(), 0)
    await page.locator(`[data-sign=${field}]`).click()
    await page.locator(`[data-signer=${field}].done`).waitFor()
    await page.locator('[data-test=misses] > li').first().waitFor()
    await accessible(page)
    await shot(page, `plan-approval-${field}-zh`)
    await sound(page)
  }
  const now = (await w.get(`${INST}/records/security_plan/${plan.json.id}`)).fields
  assert.equal(now.it_manager, it)
  assert.equal(now.security_manager, sec)
  assert.ok(now.approved_on)
})
