// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, PHONE, saved, settled, shot, sound, walkTabs, wider, world } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

const INST = '/institutions/lxzq'
const records = async (kind, query = 'limit=200') => (await w.get(`${INST}/records/${kind}?${query}`)).items
const pick = async (page, text) => page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: text }).first().click()
/** What the kind calls an option or a state of its own, in a language. */
const option = async (kind, field, id, lang) => (await w.get(`/kinds/${kind}`)).fields.find((f) => f.name === field).options.find((o) => o.id === id).label[lang]
const state = async (kind, id, lang) => (await w.get(`/kinds/${kind}`)).states.find((x) => (x.id ?? x.name) === id).label[lang]

const CONTRACT = {
  zh: {
    name: '合同文本.txt',
    place: '第3条',
    passage: /不得将服务外包、转让或者分包/,
    text: [
      '云服务合同（试验文本）',
      '第1条 服务内容。乙方按附件向甲方提供计算和存储服务。',
      '第2条 数据归属。甲方交付的数据、设备和系统，以及业务系统运行中产生的数据和文档，所有权归甲方。',
      '第3条 分包。未经甲方书面许可，乙方不得将服务外包、转让或者分包给他人。',
      '第4条 司法管辖。因本合同产生的争议由甲方所在地人民法院管辖。',
    ].join('\n\n'),
  },
  en: {
    name: 'contract.txt',
    place: 'Clause 3',
    passage: /shall not outsource, assign or subcontract/,
    text: [
      'Cloud service contract (trial text)',
      'Clause 1 Services. The provider supplies computing and storage as annexed.',
      'Clause 2 Ownership. Data, equipment and systems handed over by the client, and data and documents that arise in operation, belong to the client.',
      'Clause 3 Subcontracting. Without written consent of the client the provider shall not outsource, assign or subcontract the services.',
      'Clause 4 Jurisdiction. Disputes are decided by the courts at the seat of the client.',
    ].join('\n\n'),
  },
}

test('the pieces of acquiring stand side by side, in both languages and widths', () =>
  walkTabs(w, '/acquiring', ['acquiring', 'acquiring-compare', 'acquiring-assessments', 'acquiring-terms', 'acquiring-certificates'], 'acq'))

/* The flows, in the language of whoever works: what a person reads is looked for in that language. */
const SAYS = {
  zh: { few: '选两个以上的平台开始比较。', offer: '提供双活机房', remedy: '已按租户分库并验证。', likely: /个可能的段落/ },
  en: { few: 'Choose two platforms or more.', offer: 'Two active data centres', remedy: 'Separated by tenant, and tested.', likely: /likely passages?/ },
}
for (const lang of ['zh', 'en']) {
  const says = SAYS[lang]

  test(`${lang}: platforms side by side: every demand, what each offers, how it was assessed; a radar over the topics`, async () => {
    // Two platforms that were appraised by one plan, and one that was not.
    const all = await records('capability', 'limit=1000')
    const demands = await records('plan_requirement', 'limit=1000')
    const planOf = new Map(demands.map((d) => [d.id, d.fields.plan]))
    const plan = planOf.get(all[0].fields.plan_requirement)
    const appraised = all.filter((c) => planOf.get(c.fields.plan_requirement) === plan)
    const platforms = [...new Set([appraised[0].fields.platform, ...(await records('platform')).map((p) => p.id)])].slice(0, 3)
    const page = await w.open(`/acquiring/compare?platforms=${platforms[0]}&plan=${plan}`, { lang })
    await settled(page)
    await page.getByText(says.few).waitFor()
    await page.goto(`${w.url}/p/acquiring/compare?platforms=${platforms.join(',')}&plan=${plan}`)
    const table = page.locator('[data-test=compare]')
    await table.waitFor()
    assert.equal(await table.locator('thead th').count(), 1 + platforms.length)
    assert.equal(await table.locator('[data-demand]').count(), demands.filter((d) => d.fields.plan === plan).length)
    await table.getByText(await option('capability', 'conclusion', 'meets', lang), { exact: true }).first().waitFor()
    await page.locator('[data-test=radar] canvas').waitFor()
    await shot(page, `acq-compare-${lang}`, { full: true })
    await accessible(page)
    await page.locator(`[data-appraise="${platforms.at(-1)}"]`).first().click()
    const dialog = page.locator('[data-test=record-dialog]')
    await dialog.locator('[data-field=offer] input').fill(says.offer)
    await dialog.locator('.unfold').click()
    await dialog.locator('[data-field=conclusion] .el-select').click()
    await pick(page, await option('capability', 'conclusion', 'partly', lang))
    await saved(page, () => page.locator('[data-test=dialog-save]').click())
    const cell = table.locator('td', { hasText: says.offer })
    await cell.waitFor()
    assert.match(await cell.innerText(), new RegExp(await option('capability', 'conclusion', 'partly', lang)))
    await page.setViewportSize(PHONE)
    await shot(page, `acq-compare-${lang}-phone`)
    assert.ok((await wider(page)) <= 0)
    await sound(page)
  })

  test(`${lang}: an assessment: results in place, a finding from an item, its remedy and its verification by another`, async () => {
    const provider = (await records('provider'))[0]
    const title = { zh: '数据隔离', en: 'Separation of data' }[lang]
    const a = await w.send('POST', `${INST}/records/assessment`, { fields: { number: `PG-${lang}`, title: { zh: '试验评估', en: 'Trial assessment' }[lang], provider: provider.id, type: 'special', assessed_on: '2026-11-01' } })
    assert.equal(a.status, 201, JSON.stringify(a.json))
    const item = await w.send('POST', `${INST}/records/assessment_item`, { fields: { assessment: a.json.id, number: '1', title, basis: 'requirement' } })
    const heads = (await records('role', 'limit=200')).filter((r) => !r.fields.until)
    const [one, two] = ['head_of_it', 'head_of_information_security'].map((x) => heads.find((r) => r.fields.role === x).fields.person)
    const page = await w.open(`/acquiring/assessments/${a.json.id}`, { lang, person: one })
    await settled(page)
    await page.locator(`[data-item="${item.json.id}"] .el-select`).click()
    await saved(page, async () => pick(page, new RegExp(`^${await option('assessment_item', 'result', 'not_fulfilled', lang)}$`)))
    await page.locator(`[data-raise="${item.json.id}"]`).click()
    const dialog = page.locator('[data-test=record-dialog]')
    assert.equal(await dialog.locator('[data-field=title] input').inputValue(), title)
    await page.locator('[data-test=dialog-save]').click()
    const finding = page.locator('[data-test=findings] > li').first()
    await finding.waitFor()
    const text = await finding.innerText()
    for (const what of [await option('finding', 'severity', 'high', lang), title, await state('finding', 'open', lang)]) assert.ok(text.includes(what), `${what}: ${text}`)
    await shot(page, `acq-assessment-${lang}`, { full: true })
    await accessible(page)
    await finding.locator('[data-remedy]').click()
    await dialog.locator('[data-field=remedy] textarea').fill(says.remedy)
    await dialog.locator('[data-field=evidence] .el-select').click()
    await pick(page, /./)
    await page.keyboard.press('Escape')
    await saved(page, () => page.locator('[data-test=dialog-save]').click())
    await finding.getByText(says.remedy).waitFor()
    await finding.locator('[data-transition=remedy]').click()
    await page.locator('[data-test=move-go]').click()
    await finding.getByText(await state('finding', 'remedied', lang), { exact: true }).waitFor()
    await sound(page)
    // Whoever remedied it does not verify it; another does.
    const other = await w.open(`/acquiring/assessments/${a.json.id}`, { lang, person: two, size: PHONE })
    await settled(other)
    const its = other.locator('[data-test=findings] > li').first()
    assert.equal(await page.locator('[data-verify]').getAttribute('aria-disabled'), 'true')
    await its.locator('[data-verify]').click()
    await saved(other, () => other.locator('[data-test=dialog-save]').click())
    await other.locator('[data-test=record-dialog]').waitFor({ state: 'detached' })
    await its.locator('[data-transition=verify]').click()
    await other.locator('[data-test=move-dialog]').waitFor()
    await shot(other, `acq-verify-${lang}-phone`)
    await accessible(other)
    await other.locator('[data-test=move-go]').click()
    await its.getByText(await state('finding', 'verified', lang), { exact: true }).waitFor()
    assert.ok((await wider(other)) <= 0)
    await sound(other)
  })

  test(`${lang}: terms against the text: a likely passage is taken over by one person and confirmed by another`, async () => {
    const provider = (await records('provider'))[0]
    const c = await w.send('POST', `${INST}/records/contract`, { fields: { number: `HT-${lang}`, title: { zh: '试验合同', en: 'Trial contract' }[lang], provider: provider.id, model: 'public' } })
    assert.equal(c.status, 201, JSON.stringify(c.json))
    const roles = (await records('role', 'limit=200')).filter((r) => !r.fields.until)
    const [one, two] = ['head_of_it', 'head_of_information_security'].map((x) => roles.find((r) => r.fields.role === x).fields.person)
    const page = await w.open(`/acquiring/terms/contract/${c.json.id}`, { lang, person: one })
    await settled(page)
    const asked = (await w.get('/kinds/contract_term')).fields.find((f) => f.name === 'term').options.length
    await page.locator('[data-test=terms] > li').first().waitFor()
    assert.equal(await page.locator('[data-test=terms] > li[data-state=missing]').count(), asked)
    // The signed text is brought, entered as evidence, attached, and read.
    await page.locator('[data-test=attach]').click()
    await page.locator('.attach [data-test=file]').setInputFiles({ name: CONTRACT[lang].name, mimeType: 'text/plain', buffer: Buffer.from(CONTRACT[lang].text) })
    await page.locator('[data-test=queue] [data-field=source] .el-select').click()
    await pick(page, /./)
    await page.locator('[data-test=save-evidence]').click()
    const row = page.locator('[data-term=subcontracting]')
    await row.getByText(says.likely).waitFor()
    await row.locator('summary').first().click()
    await row.locator('mark').first().waitFor()
    await shot(page, `acq-terms-${lang}`, { full: true })
    await accessible(page)
    await row.locator('blockquote', { hasText: CONTRACT[lang].place }).locator('[data-take]').click()
    const dialog = page.locator('[data-test=record-dialog]')
    assert.match(await dialog.locator('[data-field=passage] textarea').inputValue(), CONTRACT[lang].passage)
    assert.equal(await dialog.locator('[data-field=place] input').inputValue(), CONTRACT[lang].place)
    await page.locator('[data-test=dialog-save]').click()
    await page.locator('[data-term=subcontracting][data-state=unconfirmed]').waitFor()
    // Who recorded it cannot confirm it.
    assert.equal(await row.locator('[data-confirm]').getAttribute('aria-disabled'), 'true')
    await sound(page)
    const second = await w.open(`/acquiring/terms/contract/${c.json.id}`, { lang, person: two })
    await settled(second)
    const its = second.locator('[data-term=subcontracting]')
    await its.locator('summary').first().click()
    await its.locator('[data-confirm]').click()
    const confirming = second.locator('[data-test=record-dialog]')
    await confirming.locator('[data-field=verdict] .el-select').click()
    await pick(second, await option('contract_term', 'verdict', 'conforms', lang))
    await second.locator('[data-test=dialog-save]').click()
    await second.locator('[data-term=subcontracting][data-state=conforms]').waitFor()
    const [doc] = (await w.get(`${INST}/records/contract/${c.json.id}`)).fields.evidence
    const term = (await records('contract_term', `filter=contract:eq:${c.json.id}`))[0].fields
    assert.deepEqual([term.term, term.document, term.page, term.place, term.recorded_by, term.confirmed_by, term.verdict], ['subcontracting', doc, 1, CONTRACT[lang].place, one, two, 'conforms'])
    await shot(second, `acq-term-confirmed-${lang}`)
    await second.setViewportSize(PHONE)
    await shot(second, `acq-term-confirmed-${lang}-phone`)
    assert.ok((await wider(second)) <= 0)
    await sound(second)
  })
}

test('what a confidentiality agreement says keeps its document, page and place', async () => {
  const provider = (await records('provider'))[0]
  const a = await w.send('POST', `${INST}/records/confidentiality_agreement`, { fields: { number: 'BM-T', title: '试验保密协议', provider: provider.id, models: ['public'] } })
  assert.equal(a.status, 201, JSON.stringify(a.json))
  const head = (await records('role', 'limit=200')).find((r) => !r.fields.until && r.fields.role === 'head_of_it').fields.person
  const page = await w.open(`/acquiring/terms/confidentiality_agreement/${a.json.id}`, { person: head })
  await settled(page)
  await page.locator('[data-test=attach]').click()
  const text = ['保密协议（试验文本）', '第1条 保密范围。乙方在服务中知悉的甲方客户信息、交易数据和系统配置均属保密信息。', '第2条 保密期限。自签署之日起五年。'].join('\n\n')
  await page.locator('.attach [data-test=file]').setInputFiles({ name: '保密协议.txt', mimeType: 'text/plain', buffer: Buffer.from(text) })
  await page.locator('[data-test=queue] [data-field=source] .el-select').click()
  await pick(page, /./)
  await page.locator('[data-test=save-evidence]').click()
  const dialog = page.locator('[data-test=record-dialog]')
  for (const [term, place] of [['scope', '第1条'], ['period_wording', '第2条']]) {
    const row = page.locator(`[data-term=${term}]`)
    await row.getByText(SAYS.zh.likely).waitFor()
    await row.locator('summary').first().click()
    await row.locator('blockquote', { hasText: place }).locator('[data-take]').click()
    await saved(page, () => page.locator('[data-test=dialog-save]').click())
    await dialog.waitFor({ state: 'detached' })
    await page.locator(`[data-term=${term}][data-state=there]`).waitFor()
    assert.match(await row.locator('summary').first().innerText(), new RegExp(`第 1 页，${place}`))
  }
  const f = (await w.get(`${INST}/records/confidentiality_agreement/${a.json.id}`)).fields
  const [doc] = f.evidence
  assert.deepEqual([f.scope_document, f.scope_page, f.scope_place], [doc, 1, '第1条'])
  assert.deepEqual([f.period_document, f.period_page, f.period_place], [doc, 1, '第2条'])
  await shot(page, 'acq-confidentiality-zh', { full: true })
  await accessible(page)
  await sound(page)
})

test('certificates against platforms and components', async () => {
  const provider = (await records('certificate'))[0].fields.provider
  const page = await w.open('/acquiring/certificates', { lang: 'en' })
  await settled(page)
  await page.locator('[data-test=cert-matrix]').waitFor()
  assert.ok((await page.locator('[data-test=cert-matrix] tbody tr').count()) >= 1)
  await shot(page, 'acq-certificates-en', { full: true })
  await accessible(page)
  await sound(page)
  assert.ok(provider)
})

test('a document that cannot be read says why, and the ledger stays usable', async () => {
  const contract = (await records('contract')).find((c) => Array.isArray(c.fields.evidence) && c.fields.evidence.length)
  const page = await w.open(`/acquiring/terms/contract/${contract.id}`)
  await page.route('**/api/v1/evidence/*/passages', (r) => r.abort())
  await page.reload()
  await settled(page)
  await page.locator('[data-test=text-state] [data-test=error]').waitFor()
  assert.match(await page.locator('[data-test=text-state]').innerText(), /连不上服务器/)
  await page.locator('[data-test=terms] summary').first().click()
  await page.unroute('**/api/v1/evidence/*/passages')
  await page.route('**/api/v1/evidence/*/passages', (r) => r.fulfill({ json: { format: 'pdf', pages: 3, scan: true, truncated: false, characters: 0, items: [] } }))
  await page.locator('[data-test=text-state]').getByRole('button').click()
  await page.locator('[data-test=scan]').waitFor()
  await shot(page, 'acq-scan-zh')
  await accessible(page)
  await sound(page)
})
