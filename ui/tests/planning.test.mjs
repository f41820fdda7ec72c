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

// --- from nothing to an approved plan, as a person would ----------------------------------------------------------

test('a first-time user: from an empty institution to a first system, plan, review and approval', async () => {
  const own = await world('own')
  try {
    const page = await own.open('/planning')
    await settled(page)
    const today = (await own.get('/institutions/hyzq/status?limit=1')).as_of.slice(0, 10)
    const day = (n) => new Date(Date.parse(today) + n * 86400000).toISOString().slice(0, 10)
    const dialog = page.locator('[data-test=record-dialog]')
    const pick = (text) => page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: text }).first().click()
    const go = async (path) => {
      await page.goto(own.url + '/p' + path)
      await settled(page)
    }
    /** A form opened with what is known filled in, then saved; the record's id. */
    const enter = async (kind, fields) => {
      await go(`/records/${kind}/new?${new URLSearchParams(fields)}`)
      await page.locator('[data-test=save]').click()
      await page.waitForURL(new RegExp(`/records/${kind}/[0-9a-f-]{36}$`))
      return page.url().split('/').at(-1)
    }
    const move = async (transition) => {
      await page.locator(`[data-transition=${transition}]`).click()
      await page.locator('[data-test=move-go]').click()
      await page.locator('[data-test=move-dialog]').waitFor({ state: 'detached' })
    }
    const set = async (field, value) => {
      const box = dialog.locator(`[data-field=${field}]`)
      await box.locator('input, textarea').first().fill(value)
    }
    const choose = async (field, ...labels) => {
      for (const label of labels) {
        await dialog.locator(`[data-field=${field}] .el-select`).click()
        await pick(label)
      }
      if (labels.length > 1) await page.keyboard.press('Escape')
    }
    const save = async () => {
      await page.locator('[data-test=dialog-save]').click()
      await dialog.waitFor({ state: 'detached' })
    }

    // Who is there, and in which office.
    const person = {}
    let number = 0
    for (const name of ['李明', '王芳', '赵静', '钱伟', '孙丽', '周涛']) person[name] = await enter('person', { number: `A${++number}`, name })
    const [it, sec] = [person.李明, person.王芳]
    await enter('role', { person: it, role: 'head_of_it', since: day(-400), appointed_by: sec })
    await enter('role', { person: sec, role: 'head_of_information_security', since: day(-400), appointed_by: it })
    await go('/evidence')
    await page.locator('[data-test=file]').setInputFiles({ name: '方案与批准文件.txt', mimeType: 'text/plain', buffer: Buffer.from('方案文本与批准文件') })
    await page.locator('[data-test=queue] [data-field=source] .el-select').click()
    await pick(/./)
    await page.locator('[data-test=save-evidence]').click()
    await page.locator('.el-message--success').first().waitFor()
    const doc = (await own.get('/institutions/hyzq/records/evidence?limit=5')).items[0].id

    // The first system of its own, its level by the two matrices.
    await go('/planning/levels')
    await page.locator('[data-test=new]').click()
    await page.locator('[data-field=code] input').fill('S-01')
    await page.locator('[data-field=name] input').fill('集中交易系统')
    await page.locator('[data-test=save]').click()
    await page.waitForURL(/planning\/levels$/)
    await page.locator('[data-work]').first().click()
    await page.locator('[data-part=s]').waitFor()
    for (const part of ['s', 'a'])
      for (const at of ['rights:serious', 'public:serious', 'state:none']) await page.locator(`[data-part=${part}] [data-cell="${at}"] input`).check({ force: true })
    await page.locator('[data-test=save]').click()
    await page.locator('.el-message--success').first().waitFor()
    const system = page.url().split('/').at(-1)
    assert.equal((await own.get(`/institutions/hyzq/records/system/${system}`)).fields.level, 3)

    // What a plan rests on: policies, an objective, needs that are confirmed.
    const policy = {}
    for (const [type, title, more] of [
      ['risk_acceptance', '风险接受策略', { acceptable_value: '8', acceptor: '信息安全负责人' }],
      ['business_strategy', '业务发展策略', {}],
      ['security_strategy', '信息安全策略', {}],
      ['security_requirements', '云计算安全要求', {}],
      ['planning_principles', '系统规划原则', {}],
    ]) {
      policy[type] = await enter('policy', { number: `ZC-${type}`, title, type, owner: it, approved_by: sec, approved_on: today, review_by: day(300), evidence: doc, ...more })
      await move('issue')
    }
    const objective = await enter('objective', { code: 'YY-1', title: '云上交易可用', type: 'cloud', text: '云上交易系统全年可用', metric: 'availability', bound: 'at_least', amount: '99.95', owner: it, decided_by: sec, decided_on: today, review_by: day(300), evidence: doc })
    await move('adopt')
    const needs = []
    for (const [matter, areas] of [['data', 'resources,audit,supply_chain'], ['system', 'applications,operations,organisation'], ['platform', 'infrastructure,network,guarding,risk_management']]) {
      needs.push(await enter('security_need', { number: `XQ-${matter}`, title: `需求 ${matter}`, matter, areas, demand: '加密存储，操作留痕，双人复核', level: '3', basis: `${policy.planning_principles},${policy.security_requirements}`, author: it, confirmed_by: sec, confirmed_on: today, evidence: doc }))
      await move('confirm')
    }

    // The plan: begun from its place, then section by section.
    await go('/planning/plans')
    await page.locator('[data-test=new]').click()
    await set('code', 'FA-01')
    await set('title', '交易系统上云安全方案')
    await save()
    await page.waitForURL(/planning\/plans\/[0-9a-f-]{36}/)
    await settled(page)
    const plan = page.url().split('/').at(-1).split('?')[0]
    await go(`/records/security_plan/${plan}/edit?${new URLSearchParams({ edition: '1.0', scope: '集中交易系统', objectives: objective, policies: `${policy.risk_acceptance},${policy.business_strategy},${policy.security_strategy}`, author: it, evidence: doc, back: `/planning/plans/${plan}` })}`)
    await page.locator('[data-test=save]').click()
    await page.waitForURL(/planning\/plans\//)
    await settled(page)
    const risks = []
    for (const category of ['control', 'responsibility', 'jurisdiction', 'data_leak', 'lock_in', 'outage'])
      risks.push(await enter('risk', { code: `FX-${category}`, title: `风险 ${category}`, category, description: '情形与后果', plans: plan, likelihood: '2', impact: '3', assessed_by: person.钱伟, assessed_on: today, review_by: day(300) }))
    const topics = (await own.get('/kinds/plan_section')).fields.find((f) => f.name === 'topic').options
    const references = { mechanism: { policies: policy.security_requirements }, use: { systems: system }, service_needs: { needs: needs.join(',') }, failure: { risks: risks.at(-1) }, own_measures: { needs: needs[1] } }
    const section = {}
    for (const x of topics)
      if (references[x.id]) section[x.id] = await enter('plan_section', { plan, topic: x.id, text: `${x.label.zh}的内容`, ...references[x.id] })
    await go(`/planning/plans/${plan}`)
    for (const x of topics) {
      if (references[x.id]) continue
      await page.locator(`[data-topic=${x.id}]`).click()
      await page.locator('.pane h2', { hasText: x.label.zh }).waitFor()
      await page.locator('.pane [data-field=text] textarea').fill(`${x.label.zh}的内容`)
      await page.locator('[data-test=save-section]').click()
      await page.locator(`[data-topic=${x.id}][data-there=true]`).waitFor()
    }
    assert.equal(await page.locator('[data-topic][data-there=true]').count(), topics.length)
    for (const s of (await own.get(`/institutions/hyzq/records/plan_section?filter=plan:eq:${plan}&limit=100`)).items) section[s.fields.topic] = s.id
    // Each aspect that a topic lacks is a button to the form.
    for (const x of topics) {
      await page.locator(`[data-topic=${x.id}]`).click()
      await page.locator('.pane h2', { hasText: x.label.zh }).waitFor()
      const lacking = page.locator('[data-aspect]')
      while (await lacking.count()) {
        const left = await lacking.count()
        await lacking.first().click()
        await dialog.locator('[data-field=title] input').waitFor()
        const unfold = dialog.locator('.unfold')
        if (await unfold.count()) await unfold.click()
        await set('description', '按方案办理')
        await choose('responsible', '李明')
        await set('department', '信息技术部')
        await set('within', '10')
        await set('within_days', '90')
        if (x.id === 'training') {
          await set('planned_on', day(30))
          await page.keyboard.press('Escape')
          await choose('audience', '信息技术人员')
          await page.keyboard.press('Escape')
        }
        if (x.id === 'training' || x.id === 'exit') {
          await choose('needs', '需求 data')
          await page.keyboard.press('Escape')
          await choose('risks', '风险 lock_in')
          await page.keyboard.press('Escape')
        }
        await save()
        await page.waitForFunction((n) => document.querySelectorAll('[data-aspect]').length < n, left)
      }
    }
    for (const [n, aspect, nature] of [['1', 'technical', 'technical'], ['2', 'managerial', 'security']])
      await enter('plan_item', { section: section.own_measures, number: n, title: aspect, aspect, description: '按方案办理', responsible: it, service_models: 'iaas,paas', nature, needs: needs[1] })
    const DEMANDS = {
      deployment_model: { models: 'private,industry' }, data_location: { locations: 'shanghai' }, service_model: { service_models: 'iaas,paas' },
      continuity: {}, recovery: { bound: 'at_most', amount: '30', unit: 'minute' }, response: { nature: 'security', bound: 'at_most', amount: '10', unit: 'minute' },
      capacity: { bound: 'at_least', amount: '200', unit: 'core' }, performance: { bound: 'at_least', amount: '20000', unit: 'per_second' },
      interfaces: { nature: 'technical' }, scalability: {}, availability: { bound: 'at_least', amount: '99.95', unit: 'percent' }, portability: {}, operations: {}, monitoring: {}, audit: {},
    }
    let demand = 0
    for (const [topic, more] of Object.entries(DEMANDS)) await enter('plan_requirement', { plan, number: String(++demand), title: topic, topic, demand: '受托方须提供', ...more })
    const answers = ['service_needs', 'organisation', 'deployment', 'own_measures', 'exit', 'failure']
    for (const [i, risk] of risks.entries()) {
      await enter('risk_response', { risk, number: '1', title: `应对 ${i + 1}`, strategy: 'reduce', measure: '采取针对措施', sections: section[answers[i]], responsible: it, decided_by: sec, due_on: day(200), residual_likelihood: '2', residual_impact: '3' })
      await move('agree')
    }

    // Submitted, reviewed in a round in which every function speaks, settled.
    await go(`/planning/plans/${plan}?tab=review`)
    await page.locator('[data-transition=submit]').click()
    await page.locator('[data-test=move-go]').click()
    await page.locator('[data-test=state]', { hasText: '评审中' }).waitFor()
    await page.locator('[data-test=new-round]').click()
    await save()
    await page.locator('[data-test=absent]').waitFor()
    const functions = [['it', '李明'], ['security', '王芳'], ['audit', '赵静'], ['risk', '钱伟'], ['compliance', '孙丽'], ['business', '周涛']]
    for (const [i, [f, name]] of functions.entries()) {
      await page.locator(`[data-function=${f}]`).click()
      await choose('reviewer', name)
      await choose('aspects', ['合理性', '正确性', '配套文件'][i % 3])
      await page.keyboard.press('Escape')
      await choose('stance', /^同意$/)
      await set('opinion', '已通读全文并核对依据，所列措施具体可行，同意提交批准。')
      await save()
      await page.locator(`[data-function=${f}]`).waitFor({ state: 'detached' })
    }
    await page.locator('[data-test=edit-round]').click()
    await choose('companions', '方案与批准文件')
    await page.keyboard.press('Escape')
    await choose('conclusion', '通过')
    await set('settled_on', today)
    await page.keyboard.press('Escape')
    await choose('minutes', '方案与批准文件')
    await page.keyboard.press('Escape')
    await save()
    await page.locator('[data-transition=settle]').click()
    await page.locator('[data-test=move-go]').click()
    await page.locator('[data-test=decided]').waitFor()
    await shot(page, 'plan-first-review-zh', { full: true })
    await accessible(page)

    // Approved by two, each in the own name; the gate opens.
    await page.getByRole('tab', { name: '批准' }).click()
    for (const [id, field] of [[it, 'it_manager'], [sec, 'security_manager']]) {
      await page.evaluate(([p]) => localStorage.setItem('yunjian', JSON.stringify({ ...JSON.parse(localStorage.getItem('yunjian')), person: p })), [id])
      await go(`/planning/plans/${plan}?tab=approval`)
      await page.locator(`[data-sign=${field}]`).click()
      await page.locator(`[data-signer=${field}].done`).waitFor()
    }
    await page.locator('[data-test=misses] > li').first().waitFor({ state: 'detached', timeout: 15000 }).catch(() => {})
    assert.deepEqual(await page.locator('[data-test=misses] > li').allInnerTexts(), [])
    await page.locator('[data-transition=approve]').click()
    await page.locator('[data-test=move-go]').click()
    await page.locator('[data-test=state]', { hasText: '已批准' }).waitFor()
    await shot(page, 'plan-first-approved-zh')
    await sound(page)
  } finally {
    await own.stop()
  }
})
