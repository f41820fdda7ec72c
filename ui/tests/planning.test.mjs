// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, PHONE, saved, settled, shot, sound, walkTabs, wider, world } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

const INST = '/institutions/lxzq'
const records = async (kind, query = 'limit=200') => (await w.get(`${INST}/records/${kind}?${query}`)).items
const pick = async (page, text) => page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: text }).first().click()
/** What the kind calls an option of its own, in a language. */
const option = async (kind, field, id, lang) => (await w.get(`/kinds/${kind}`)).fields.find((f) => f.name === field).options.find((o) => o.id === id).label[lang]
/** As seen on a phone: nothing is cut off, the page does not scroll sideways. */
async function onPhone(page, name) {
  await page.setViewportSize(PHONE)
  await settled(page)
  await shot(page, name)
  assert.ok((await wider(page)) <= 0, `${name} is wider than the screen`)
}

test('the pieces of planning stand side by side, in both languages and widths', () =>
  walkTabs(w, '/planning', ['planning', 'planning-levels', 'planning-grades', 'planning-needs', 'planning-plans'], 'plan'))

/* The flows, in the language of whoever works: what a person reads is looked for in that language. */
const SAYS = {
  zh: {
    worked: /第 3 级[\s\S]*社会秩序、公共利益——严重损害/, level: /第 3 级[\s\S]*S3A2/, judged: '第3级',
    failure: '平台故障时先判断影响，再切换。', item: '判断故障范围', cancel: '取消', demands: /对受托方的要求/, demand: '可用性', asked: '每月可用性不低于百分之九十九点九。',
    appendix: '附录九', opinion: '已对照需求清单逐条看过，数据位置和退出安排写得清楚，同意。',
  },
  en: {
    worked: /Level 3[\s\S]*Social order and public interest – serious/i, level: /Level 3[\s\S]*S3A2/, judged: '(3)',
    failure: 'Judge the impact of a failed platform first, then switch over.', item: 'Judge the extent', cancel: 'Cancel', demands: /Demands on the provider/, demand: 'Availability', asked: 'At least 99.9 percent each month.',
    appendix: 'Annex nine', opinion: 'Held against every need; location of data and the way out are clear. I agree.',
  },
}
for (const lang of ['zh', 'en']) {
  const says = SAYS[lang]

  test(`${lang}: a level follows from two matrices, is saved, and is judged as worked out`, async () => {
    const made = await w.send('POST', `${INST}/records/system`, { fields: { code: `LV-${lang}`, name: { zh: '量化交易系统', en: 'Quantitative trading' }[lang] } })
    assert.equal(made.status, 201, JSON.stringify(made.json))
    await w.send('POST', `${INST}/records/deployment`, { fields: { system: made.json.id, name: { zh: '试验', en: 'Trial' }[lang], model: 'public' } })
    const page = await w.open(`/planning/levels/${made.json.id}`, { lang })
    await settled(page)
    const cell = (part, at) => page.locator(`[data-part=${part}] [data-cell="${at}"] input`)
    await cell('s', 'rights:serious').check({ force: true })
    await cell('s', 'public:serious').check({ force: true })
    assert.equal(await page.locator('[data-test=outcome-s]').count(), 0)
    await cell('s', 'state:none').check({ force: true })
    assert.match(await page.locator('[data-test=outcome-s]').innerText(), says.worked)
    // The keyboard answers too: arrows go along a row.
    await cell('a', 'rights:none').focus()
    await page.keyboard.press('ArrowRight')
    assert.ok(await cell('a', 'rights:ordinary').isChecked())
    await cell('a', 'public:ordinary').check({ force: true })
    await cell('a', 'state:none').check({ force: true })
    assert.match(await page.locator('[data-test=level]').innerText(), says.level)
    await shot(page, `plan-level-${lang}`, { full: true })
    await accessible(page)
    await saved(page, () => page.locator('[data-test=save]').click())
    const now = (await w.get(`${INST}/records/system/${made.json.id}`)).fields
    assert.deepEqual([now.level_s, now.level_a, now.level, now.s_public, now.a_rights, now.level_status], [3, 2, 3, 'serious', 'ordinary', 'preliminary'])
    // The rule works out the same: it asks for the reviewer, not for another level.
    const rule = (await w.get('/requirements')).items.find((r) => r.rule === 'system_level').id
    await page.waitForFunction(async ([url]) => (await (await fetch(url)).json()).items?.[0]?.code === 'not_reviewed', [`${w.url}/api/v1${INST}/verdicts?requirement=${rule}&subject=${made.json.id}`])
    await page.locator('[data-test=verdicts]').getByText(says.judged).first().waitFor()
    await onPhone(page, `plan-level-${lang}-phone`)
    await sound(page)
  })

  test(`${lang}: a plan is written by topic, its demands entered, what is missing is seen`, async () => {
    const plan = await w.send('POST', `${INST}/records/security_plan`, { fields: { code: `FA-W-${lang}`, title: { zh: '编写试验方案', en: 'Plan being written' }[lang], edition: '1.0' } })
    const page = await w.open(`/planning/plans/${plan.json.id}`, { lang })
    await settled(page)
    const topics = page.locator('[data-topic]')
    const asked = (await w.get('/kinds/plan_section')).fields.find((f) => f.name === 'topic').options.length
    assert.equal(await topics.count(), asked)
    assert.equal(await page.locator('[data-topic][data-there=true]').count(), 0)
    await page.locator('[data-topic=failure]').click()
    await page.locator('[data-field=text] textarea').fill(says.failure)
    // Another topic is not opened over what is unsaved without asking.
    await page.locator('[data-topic=exit]').click()
    await page.locator('.el-message-box').getByRole('button', { name: says.cancel }).click()
    await page.locator('[data-test=save-section]').click()
    await page.locator('[data-topic=failure][data-there=true]').waitFor()
    await page.locator('[data-test=new-item]').click()
    const dialog = page.locator('[data-test=record-dialog]')
    await dialog.locator('[data-field=title] input').fill(says.item)
    await dialog.locator('[data-field=aspect] .el-select').click()
    await pick(page, await option('plan_item', 'aspect', 'detect', lang))
    await accessible(page)
    await shot(page, `plan-item-${lang}`)
    await page.locator('[data-test=dialog-save]').click()
    await page.getByRole('button', { name: says.item }).waitFor()
    await shot(page, `plan-editor-${lang}`)
    await accessible(page)
    await page.getByRole('tab', { name: says.demands }).click()
    await page.locator('[data-demand=availability]').click()
    await dialog.locator('[data-field=title] input').fill(says.demand)
    await dialog.locator('[data-field=demand] textarea').fill(says.asked)
    await page.locator('[data-test=dialog-save]').click()
    await page.getByRole('button', { name: says.demand, exact: true }).waitFor()
    await shot(page, `plan-demands-${lang}`)
    await onPhone(page, `plan-demands-${lang}-phone`)
    await sound(page)
  })

  test(`${lang}: review in rounds: changes since the last, opinions, absent functions, the decision with its digest`, async () => {
    const plan = (await records('security_plan')).find((p) => p.state === 'approved')
    const rounds = await records('review_round', `filter=plan:eq:${plan.id}`)
    assert.ok(rounds.length >= 1)
    const settledRound = rounds.find((r) => r.state === 'settled').fields.number
    const person = (await records('role', 'limit=100')).find((r) => r.fields.role === 'head_of_information_security' && !r.fields.until)?.fields.person
    const section = (await records('plan_section', `filter=plan:eq:${plan.id}`))[0]
    const page = await w.open(`/planning/plans/${plan.id}?tab=review`, { lang, person })
    await settled(page)
    await page.locator('[data-test=round]').waitFor()
    await page.locator(`[data-round="${settledRound}"]`).click()
    await page.locator('[data-test=decided]').first().waitFor()
    assert.match(await page.locator('[data-test=decided]').innerText(), /#\d+ [0-9a-f]{64}/)
    await shot(page, `plan-review-${lang}`, { full: true })
    await accessible(page)
    // A new round looks at what was changed after the last one.
    const read = await fetch(`${w.url}/api/v1${INST}/records/plan_section/${section.id}`)
    const changed = await w.send('PATCH', `${INST}/records/plan_section/${section.id}`, { fields: { place: says.appendix } }, { 'If-Match': read.headers.get('etag') })
    assert.equal(changed.status, 200, JSON.stringify(changed.json))
    await page.locator('[data-test=new-round]').click()
    await page.locator('[data-test=dialog-save]').click()
    await page.locator(`[data-round="${rounds.length + 1}"][aria-pressed=true]`).waitFor()
    await page.locator('[data-test=round] [data-test=plan-changes] summary').first().click()
    await page.locator('[data-test=plan-changes]').getByText(says.appendix).first().waitFor()
    assert.ok((await page.locator('[data-test=absent] [data-function]').count()) >= 6)
    await page.locator('[data-function=security]').click()
    const dialog = page.locator('[data-test=record-dialog]')
    await dialog.locator('[data-field=opinion] textarea').fill(says.opinion)
    await dialog.locator('[data-field=stance] .el-select').click()
    await pick(page, new RegExp(`^${await option('review_opinion', 'stance', 'agrees', lang)}$`))
    await page.locator('[data-test=dialog-save]').click()
    await page.locator('[data-stance=agrees]').waitFor()
    assert.equal(await page.locator('[data-function=security]').count(), 0)
    await shot(page, `plan-round-${lang}`, { full: true })
    await onPhone(page, `plan-round-${lang}-phone`)
    await sound(page)
  })

  test(`${lang}: approval by two: each signs in the own name; what is missing is listed`, async () => {
    const roles = (await records('role', 'limit=200')).filter((r) => !r.fields.until)
    const it = roles.find((r) => r.fields.role === 'head_of_it').fields.person
    const sec = roles.find((r) => r.fields.role === 'head_of_information_security').fields.person
    const plan = await w.send('POST', `${INST}/records/security_plan`, { fields: { code: `FA-A-${lang}`, title: { zh: '批准试验方案', en: 'Plan to be approved' }[lang] } })
    await w.send('POST', `${INST}/records/security_plan/${plan.json.id}/transitions`, { transition: 'submit' })
    for (const [person, field, other] of [[it, 'it_manager', 'security_manager'], [sec, 'security_manager', 'it_manager']]) {
      const page = await w.open(`/planning/plans/${plan.json.id}?tab=approval`, { lang, person })
      await settled(page)
      await page.locator(`[data-sign=${field}]`).waitFor()
      assert.equal(await page.locator(`[data-sign=${other}]`).count(), 0)
      await page.locator(`[data-sign=${field}]`).click()
      await page.locator(`[data-signer=${field}].done`).waitFor()
      await page.locator('[data-test=misses] > li').first().waitFor()
      await accessible(page)
      await shot(page, `plan-approval-${field}-${lang}`)
      await onPhone(page, `plan-approval-${field}-${lang}-phone`)
      await sound(page)
    }
    const now = (await w.get(`${INST}/records/security_plan/${plan.json.id}`)).fields
    assert.equal(now.it_manager, it)
    assert.equal(now.security_manager, sec)
    assert.ok(now.approved_on)
  })
}

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
  await saved(page, () => page.locator('[data-test=keep-mine]').click())
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
  await saved(page, () => page.locator('[data-test=save]').click())
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
  await saved(page, () => row.locator('[data-dot=training]').click())
  await page.waitForFunction((id) => document.querySelector(`[data-need="${id}"] [data-dot=training]`)?.getAttribute('aria-pressed') === 'true', need)
  assert.deepEqual((await w.get(`${INST}/records/plan_section/${section.json.id}`)).fields.needs, [need])
  await shot(page, 'plan-needs-zh')
  await sound(page)
})

test('who is named for an office but not appointed to it may sign, and is told what that lacks', async () => {
  const made = async (kind, fields) => {
    const r = await w.send('POST', `${INST}/records/${kind}`, { fields })
    assert.equal(r.status, 201, JSON.stringify(r.json))
    return r.json
  }
  const person = await made('person', { number: 'N-77', name: '代任者', roles: ['head_of_it'] })
  const plan = await made('security_plan', { code: 'FA-N2', title: '代任试验方案' })
  await w.send('POST', `${INST}/records/security_plan/${plan.id}/transitions`, { transition: 'submit' })
  const page = await w.open(`/planning/plans/${plan.id}?tab=approval`, { person: person.id })
  await settled(page)
  const signer = page.locator('[data-signer=it_manager]')
  await signer.locator('[data-test=appointed]').waitFor()
  await signer.locator('[data-test=not-appointed]').getByText('代任者').waitFor()
  assert.equal(await page.locator('[data-test=no-holder]').count(), 0)
  await shot(page, 'plan-approval-named-zh')
  await accessible(page)
  await signer.locator('[data-sign=it_manager]').click()
  await page.locator('[data-signer=it_manager].done').waitFor()
  await signer.locator('[data-test=not-appointed]').getByText('代任者').waitFor()
  // Once the appointment is entered nothing is said any more.
  await made('role', { person: person.id, role: 'head_of_it', since: '2026-01-01' })
  await signer.locator('[data-test=not-appointed]').waitFor({ state: 'detached' })
  await sound(page)
})
