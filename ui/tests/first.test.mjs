// SPDX-License-Identifier: Apache-2.0
// From what `make run` shows, the example, to an institution of one's own and an approved plan, as a person would: only by
// the page, by the ways out that it offers.
import { test } from 'node:test'
import { accessible, assert, follow, saved, settled, shot, sound, world } from './world.mjs'

test('a first-time user: from the example to an own institution, a first system, plan, review and approval', async () => {
  const own = await world('example', { whole: true })
  try {
    const page = await own.open('/')
    await settled(page)
    await page.locator('[data-test=institution]').click()
    await page.locator('[data-test=new-institution]').click()
    await page.waitForURL(/welcome$/)
    await page.locator('[data-field=code] input').fill('hyzq')
    await page.locator('[data-field=name] input').fill('华源证券股份有限公司')
    await page.locator('[data-field=type] .el-select').click()
    await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '委托方' }).first().click()
    await page.locator('[data-test=open-institution]').click()
    await page.locator('[data-test=start]').waitFor()
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
      await follow(page, `/records/${kind}/new?${new URLSearchParams(fields)}`)
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
    const setDay = async (field, value) => {
      await set(field, value)
      await page.keyboard.press('Enter')
      assert.equal(await dialog.locator(`[data-field=${field}] input`).inputValue(), value)
    }
    /** Chosen is what then stands in the field: a list that was still being read may have swallowed the click. */
    const choose = async (field, label) => {
      const box = dialog.locator(`[data-field=${field}] .el-select`)
      for (let turn = 0; ; turn++) {
        await box.click()
        await pick(label)
        if (await box.getByText(label).first().waitFor({ timeout: 2000 }).then(() => true, () => false)) return
        assert.ok(turn < 4, `${field} cannot be chosen`)
        await page.keyboard.press('Tab')
      }
    }
    const save = async () => {
      await page.locator('[data-test=dialog-save]').click()
      await dialog.waitFor({ state: 'detached' })
    }

    // Who is there, and in which office.
    const person = {}
    let number = 0
    const offices = { 李明: { roles: 'head_of_it' }, 王芳: { roles: 'head_of_information_security' } }
    for (const name of ['李明', '王芳', '赵静', '钱伟', '孙丽', '周涛']) person[name] = await enter('person', { number: `A${++number}`, name, ...offices[name] })
    const [it, sec] = [person.李明, person.王芳]
    await enter('role', { person: it, role: 'head_of_it', since: day(-400), appointed_by: sec })
    await enter('role', { person: sec, role: 'head_of_information_security', since: day(-400), appointed_by: it })
    await go('/evidence')
    if (!(await page.locator('[data-test=file]').count())) await page.locator('[data-test=bring]').click()
    await page.locator('[data-test=file]').setInputFiles({ name: '方案与批准文件.txt', mimeType: 'text/plain', buffer: Buffer.from('方案文本与批准文件') })
    await page.locator('[data-test=queue] [data-field=source] .el-select').click()
    await pick(/./)
    await saved(page, () => page.locator('[data-test=save-evidence]').click())
    const doc = (await own.get('/institutions/hyzq/records/evidence?limit=5')).items[0].id

    // The first system of its own, its level by the two matrices.
    await go('/planning/levels')
    await page.locator('[data-test=new]').click()
    await page.locator('[data-field=code] input').fill('S-01')
    await page.locator('[data-field=name] input').fill('集中交易系统')
    await page.locator('.unfold').click()
    await page.locator('[data-field=business_purpose] textarea').fill('客户委托的受理与成交')
    await page.locator('[data-test=save]').click()
    await page.waitForURL((url) => url.pathname.endsWith('/planning/levels'))
    await page.locator('[data-work]').first().click()
    await page.locator('[data-part=s]').waitFor()
    for (const part of ['s', 'a'])
      for (const at of ['rights:serious', 'public:serious', 'state:none']) await page.locator(`[data-part=${part}] [data-cell="${at}"] input`).check({ force: true })
    await saved(page, () => page.locator('[data-test=save]').click())
    const system = page.url().split('/').at(-1)
    assert.equal((await own.get(`/institutions/hyzq/records/system/${system}`)).fields.level, 3)

    const data = await enter('data_asset', { system, name: '客户交易数据' })

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
    await page.waitForURL((url) => url.pathname.includes('/planning/plans/'))
    await settled(page)
    const risks = []
    for (const category of ['control', 'responsibility', 'jurisdiction', 'data_leak', 'lock_in', 'outage'])
      risks.push(await enter('risk', { code: `FX-${category}`, title: `风险 ${category}`, category, description: '情形与后果', plans: plan, likelihood: '2', impact: '3', assessed_by: person.钱伟, assessed_on: today, review_by: day(300) }))
    const topics = (await own.get('/kinds/plan_section')).fields.find((f) => f.name === 'topic').options
    const references = { mechanism: { policies: policy.security_requirements }, use: { systems: system, data_assets: data }, service_needs: { needs: needs.join(',') }, failure: { risks: risks.at(-1) }, own_measures: { needs: needs[1] } }
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
        // Who does it, and where, is taken from the item before it in the section.
        const before = await page.locator('.items tbody tr').count()
        if (before) {
          await dialog.locator('[data-field=responsible]').getByText('李明').waitFor()
          assert.equal(await dialog.locator('[data-field=department] input').inputValue(), '信息技术部')
        } else {
          await choose('responsible', '李明')
          await set('department', '信息技术部')
        }
        await set('within', '10')
        await set('within_days', '90')
        if (x.id === 'training') {
          await setDay('planned_on', day(30))
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
    // The architecture is fixed knowing what a platform offers.
    const provider = await enter('provider', { name: '申南云服务有限公司' })
    const platform = await enter('platform', { provider, name: '申南行业云', model: 'industry' })
    let demand = 0
    const asked = {}
    for (const [topic, more] of Object.entries(DEMANDS)) asked[topic] = await enter('plan_requirement', { plan, number: String(++demand), title: topic, topic, demand: '受托方须提供', ...more })
    for (const topic of ['service_model', 'scalability', 'availability', 'portability']) await enter('capability', { plan_requirement: asked[topic], platform, offer: '按要求提供' })
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
    await setDay('settled_on', today)
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
