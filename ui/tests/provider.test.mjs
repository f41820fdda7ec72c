// SPDX-License-Identifier: Apache-2.0
// The provider's side: two clients and one provider in one installation. An invitation with its code, what is addressed,
// answering on the page and by a spreadsheet, and that neither client shows with the other.
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { accessible, assert, DESKTOP, follow, join, PHONE, settled, shot, sound, wider, world, writeFileSync } from './world.mjs'

let w, a, b, provider, contact, manager, reader
const made = {} // of client a: records by name

async function record(inst, kind, fields, person) {
  const r = await w.send('POST', `/institutions/${inst}/records/${kind}`, { fields }, person ? { 'Yunjian-Person': person } : {})
  assert.equal(r.status, 201, `${kind}: ${JSON.stringify(r.json)}`)
  return r.json.id
}
async function institution(code, name, type) {
  const r = await w.send('POST', '/institutions', { fields: { code, name, type } })
  assert.equal(r.status, 201, JSON.stringify(r.json))
  return r.json.id
}
/** A client's register: the provider, its platform, an invitation; answers with the code. */
async function client(inst, number) {
  const vendor = await record(inst, 'provider', { name: '云甲（登记）' })
  const platform = await record(inst, 'platform', { name: '行业云一区', provider: vendor, model: 'industry' })
  await record(inst, 'invitation', { number, party_kind: 'provider', party: vendor, contact: '何联', sent_on: '2026-01-05', expires_on: '2999-12-31' })
  return { vendor, platform, code: await codeOf(inst, number) }
}
async function codeOf(inst, number) {
  const r = await w.send('POST', `/institutions/${inst}/invitations/${number}/code`)
  assert.equal(r.status, 201, JSON.stringify(r.json))
  return r.json.code
}
async function request(inst, platform, number, title, more = {}) {
  return record(inst, 'evidence_request', { number, title, platform, purpose: 'conformity', asked_on: '2026-01-10', ...more })
}
/** The client takes or declines what waits; it must be there. */
async function take(inst, about, decline = '') {
  const waiting = (await w.get(`/institutions/${inst}/answers`)).items
  const it = waiting.find((x) => x.about.id === about)
  assert.ok(it, 'no answer waits: ' + JSON.stringify(waiting))
  const to = `/institutions/${inst}/answers/${it.institution.id}/${it.answer}/`
  const r = decline ? await w.send('POST', to + 'decline', { version: it.version, reason: decline }) : await w.send('POST', to + 'accept', { version: it.version })
  assert.equal(r.status, 204, JSON.stringify(r.json))
  return it
}
const as = (person, more = {}) => ({ person, institution: provider, ...more })
const stands = (page) => page.locator('[data-test=addressed] [data-item]').evaluateAll((list) => list.map((e) => e.getAttribute('data-stand')))

before(async () => {
  w = await world('own')
  a = (await w.get('/institutions')).items[0].id
  b = await institution('nbzq', '南滨期货有限公司', 'client')
  provider = await institution('yunjia', '云甲科技有限公司', 'provider')
  contact = await record(provider, 'person', { number: '1', name: '何联', roles: ['provider_contact'] })
  manager = await record(provider, 'person', { number: '2', name: '管云', roles: ['provider_administrator'] })
  reader = await record(provider, 'person', { number: '3', name: '阅清', roles: ['reader'] })
  made.a = await client(a, 'YQ-1')
  made.b = await client(b, 'YQ-9')
})
after(() => w.stop())

test('an empty start: what fits a provider, and how one gets tied', async () => {
  const page = await w.open('/', as(contact))
  await page.waitForURL(/\/p\/addressed$/)
  await settled(page)
  await page.locator('[data-test=empty]').waitFor()
  const places = await page.locator('.side [data-nav]').evaluateAll((list) => list.map((e) => e.getAttribute('data-nav')))
  assert.deepEqual(places, ['addressed', 'offers', 'ties', 'inbox', 'evidence', 'records', 'import', 'ledger', 'standard'])
  await accessible(page)
  await shot(page, 'provider-empty-zh')
  await page.locator('[data-test=empty] a').click()
  await page.locator('[data-test=code-card]').waitFor()
  await page.getByText('还没有联系').waitFor()
  await sound(page)
  // A client's side bar is as it was.
  const other = await w.open('/', { institution: a })
  await other.locator('.side [data-nav=planning]').waitFor()
  assert.equal(await other.locator('.side [data-nav=addressed]').count(), 0)
  await sound(other)
})

test('a code: who invites is seen first; accepted, declined, wrong, not allowed', async () => {
  const page = await w.open('/ties', as(contact))
  await settled(page)
  const code = page.locator('[data-field=code] input')
  await page.locator('[data-test=look]').click()
  await page.locator('[data-field=code] .el-form-item__error').waitFor()
  await code.fill('AAAAAA-BBBBBB-CCCCCC-DDDDDD')
  await page.locator('[data-test=look]').click()
  await page.getByText('没有这样的邀请').waitFor()
  await shot(page, 'ties-wrong-zh')
  await accessible(page)
  await code.fill(made.a.code.toLowerCase().replaceAll('-', ' '))
  await page.keyboard.press('Enter')
  const invited = page.locator('[data-test=invited]')
  await invited.waitFor()
  assert.match(await invited.innerText(), /华源证券股份有限公司[\s\S]*受托方[\s\S]*2999-12-31/)
  await shot(page, 'ties-invited-zh')
  await accessible(page)
  await page.locator('[data-test=accept]').click()
  await page.locator('[data-test=tied]').waitFor()
  await page.locator('[data-tie=hyzq]').waitFor()
  assert.match(await page.locator('[data-tie=hyzq]').innerText(), /自 \d{4}-\d\d-\d\d[\s\S]*何联/)
  await shot(page, 'ties-zh')
  await accessible(page)
  // The other client's is declined at first, with the reason, which it sees.
  await code.fill(made.b.code)
  await page.keyboard.press('Enter')
  await page.locator('[data-test=decline]').click()
  await page.locator('[data-test=reason-go]').click()
  await page.locator('[data-test=reason-dialog] .el-form-item__error').waitFor()
  await page.locator('[data-test=reason-dialog] textarea').fill('请写明服务范围')
  await accessible(page)
  await page.locator('[data-test=reason-go]').click()
  await page.locator('[data-test=reason-dialog]').waitFor({ state: 'detached' })
  assert.equal((await w.get(`/institutions/${b}/records/invitation/YQ-9`)).fields.reason, '请写明服务范围')
  await record(b, 'invitation', { number: 'YQ-10', party_kind: 'provider', party: made.b.vendor, contact: '何联', sent_on: '2026-01-05', expires_on: '2999-12-31' })
  const again = await codeOf(b, 'YQ-10')
  // Who only reads sees who invites and is told why he cannot accept, and who can.
  const other = await w.open('/ties', as(reader))
  await settled(other)
  await other.locator('[data-field=code] input').fill(again)
  await other.keyboard.press('Enter')
  await other.locator('[data-test=accept][aria-disabled=true]').waitFor()
  assert.match(await other.locator('[data-test=accept] .visually-hidden').innerText(), /何联/)
  assert.equal(await other.locator('[data-tie=hyzq] [data-test=end][aria-disabled=true]').count(), 1)
  await sound(other)
  await code.fill(again)
  await page.keyboard.press('Enter')
  await page.locator('[data-test=accept]').click()
  await page.locator('[data-tie=nbzq]').waitFor()
  await page.locator('[data-test=tied] a').click()
  await page.waitForURL(/addressed\?client=/)
  await settled(page)
  await page.locator('[data-test=none-fit], [data-test=empty]').first().waitFor()
  await sound(page)
})

test('what is addressed: what is due first, by client and kind, with its state', async () => {
  const { platform } = made.a
  made.late = await request(a, platform, 'PH-1', '等级测评报告', { due_on: '2026-02-01' })
  made.soon = await request(a, platform, 'PH-2', '渗透测试结果', { due_on: '2999-02-01' })
  made.third = await request(a, platform, 'PH-3', '人员背景审查说明', { due_on: '2999-03-01' })
  made.alert = await record(a, 'alert', { platform, number: 'YJ-1', title: '组件漏洞预警', issuer: 'client', severity: 'high', issued_on: '2026-01-12', demand: '升级组件\n并回报', respond_by: '2999-01-01', handle_by: '2999-02-02' })
  made.notice = await record(a, 'change', { platform, number: 'BG-1', title: '机房迁移', scale: 'major', notified_on: '2026-01-12' })
  made.other = await request(b, made.b.platform, 'QH-1', '灾备演练记录')
  const page = await w.open('/', as(contact))
  await page.waitForURL(/\/p\/addressed$/)
  await page.locator('[data-test=addressed] [data-item]').nth(5).waitFor()
  assert.deepEqual(await stands(page), ['todo', 'todo', 'todo', 'todo', 'todo', 'told'])
  assert.equal(await page.locator('[data-test=addressed] [data-item]').first().getAttribute('data-item'), made.late)
  assert.match(await page.locator(`[data-item="${made.late}"]`).innerText(), /等级测评报告[\s\S]*华源证券股份有限公司 · 配合事项 · 已提出[\s\S]*逾期 \d+ 天/)
  assert.equal(await page.locator('[data-figure=todo] strong').innerText(), '5')
  assert.equal(await page.locator('[data-figure=overdue] strong').innerText(), '1')
  await shot(page, 'addressed-zh')
  await accessible(page)
  await page.locator('[data-figure=overdue]').click()
  await page.waitForFunction(() => document.querySelectorAll('[data-test=addressed] [data-item]').length === 1)
  await page.locator('[data-figure=overdue]').click()
  await page.locator('[data-test=client]').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '南滨期货' }).click()
  await page.waitForFunction(() => document.querySelectorAll('[data-test=addressed] [data-item]').length === 1)
  assert.match(await page.locator('[data-test=addressed] [data-item]').innerText(), /灾备演练记录/)
  await sound(page)
  // Told in its state, without a button: it is the client's to decide.
  await page.goto(`${w.url}/p/addressed/${a}/${made.notice}`)
  await settled(page)
  await page.locator('[data-test=informed]').waitFor()
  assert.match(await page.locator('[data-test=informed]').innerText(), /知悉|只有委托方|委托方/)
  assert.equal(await page.locator('[data-test=answer]').count(), 0)
  await sound(page)
})

test('an answer is given with evidence, changed, declined, put right and accepted', async () => {
  const page = await w.open(`/addressed/${a}/${made.late}`, as(contact))
  await settled(page)
  await page.locator('[data-test=answering][data-stand=todo]').waitFor()
  assert.match(await page.locator('[data-test=shared]').innerText(), /PH-1[\s\S]*行业云一区/)
  await shot(page, 'addressed-one-zh')
  await accessible(page)
  await page.locator('[data-test=answer]').click()
  await page.locator('[data-test=give]').click()
  await page.locator('[data-field=text] .el-form-item__error').waitFor()
  await page.locator('[data-field=text] textarea').fill('报告见附件。<img src=x onerror=alert(1)>')
  await page.locator('[data-test=attach]').click()
  const path = join(w.dir, '测评报告.txt')
  writeFileSync(path, '三级测评：符合')
  await page.locator('[data-test=answer-evidence] [data-test=file]').setInputFiles(path)
  await page.locator('[data-test=queue] [data-field=source] .el-select').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
  await shot(page, 'answer-form-zh')
  await accessible(page)
  await page.locator('[data-test=save-evidence]').click()
  await page.locator('[data-evidence]').waitFor()
  await page.locator('[data-test=give]').click()
  await page.locator('[data-test=answering][data-stand=waiting]').waitFor()
  await page.locator('[data-outcome=given]', { hasText: '报告见附件' }).waitFor()
  // While it waits it can be changed.
  await page.locator('[data-test=answer]').click()
  await page.locator('[data-field=text] textarea').fill('报告见附件，含整改说明。')
  await page.locator('[data-test=give]').click()
  await page.locator('[data-outcome=given]', { hasText: '含整改说明' }).waitFor()
  assert.equal(await page.locator('[data-outcome]').count(), 1)
  // The client declines: told here at once, for the answer is the own ledger's.
  const seen = await take(a, made.late, '缺少测评机构盖章')
  assert.deepEqual(seen.evidence.map((e) => e.name), ['测评报告'])
  await page.locator('[data-test=answering][data-stand=again]').waitFor()
  assert.match(await page.locator('[data-test=answering]').innerText(), /缺少测评机构盖章/)
  await shot(page, 'answer-declined-zh')
  await accessible(page)
  await page.locator('[data-test=answer]').click()
  assert.equal(await page.locator('[data-field=text] textarea').inputValue(), '报告见附件，含整改说明。')
  assert.equal(await page.locator('[data-evidence]').count(), 1)
  await page.locator('[data-field=text] textarea').fill('已补盖章的报告。')
  await page.locator('[data-test=give]').click()
  await page.locator('[data-test=answering][data-stand=waiting]').waitFor()
  await take(a, made.late)
  await page.locator('[data-outcome=accepted]').waitFor()
  assert.deepEqual(await page.locator('[data-outcome]').evaluateAll((l) => l.map((e) => e.getAttribute('data-outcome'))), ['accepted', 'declined'])
  await page.locator('[data-test=state]', { hasText: '已答复待核对' }).waitFor()
  assert.match(await page.locator('[data-act=answer]').innerText(), /华源证券/)
  await shot(page, 'answer-accepted-zh')
  await accessible(page)
  const kept = await w.get(`/institutions/${a}/records/evidence_request/${made.late}`)
  assert.deepEqual([kept.state, kept.fields.answer], ['answered', '已补盖章的报告。'])
  await sound(page)
  // Who may not answer is told why, and who may.
  const other = await w.open(`/addressed/${a}/${made.soon}`, as(reader))
  await settled(other)
  await other.locator('[data-test=answer][aria-disabled=true]').waitFor()
  assert.match(await other.locator('[data-act=answer]').innerText(), /何联/)
  await sound(other)
})

/** What waits of that name is taken or declined by the client. */
async function takeOffer(inst, name, fields, decline = '') {
  const it = (await w.get(`/institutions/${inst}/offers/waiting`)).items.find((x) => x.name === name)
  assert.ok(it, 'no such offer waits: ' + name)
  const to = `/institutions/${inst}/offers/${it.institution.id}/${it.offer}/`
  const r = decline ? await w.send('POST', to + 'decline', { version: it.version, reason: decline }) : await w.send('POST', to + 'accept', { version: it.version, fields })
  assert.equal(r.status, 204, JSON.stringify(r.json))
}
async function choice(page, within, words) {
  await within.locator('.el-select').first().click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: words }).first().click()
}

test('what is offered unasked: the kinds that the packs say, to some or all, what came of it, taken back', async () => {
  const page = await w.open('/offers', as(manager))
  await page.locator('[data-test=issued] [data-test=empty]').waitFor()
  await accessible(page)
  await shot(page, 'offers-empty-zh')
  await page.locator('[data-test=issue]').click()
  const dialog = page.locator('[data-test=issue-dialog]')
  await dialog.waitFor()
  await page.locator('[data-test=issue-go]').click()
  await dialog.locator('.bad').first().waitFor()
  await page.locator('[data-test=issue-kind]').click()
  const items = page.locator('.el-select-dropdown:visible .el-select-dropdown__item')
  await items.first().waitFor()
  const names = await items.allInnerTexts()
  for (const x of ['证书', '事件', '风险', '转包']) assert.ok(names.some((n) => n.includes(x)), x + ': ' + names.join())
  assert.equal(names.length, (await w.get('/kinds')).items.filter((k) => k.offered?.by.includes('provider')).length)
  await items.filter({ hasText: '转包' }).click()
  // Before it can be entered, there must be what it names: itself, then its platform.
  const form = page.locator('[data-test=record-dialog]')
  for (const [what, name] of [['受托方', '云甲'], ['平台', '行业云一区']]) {
    await dialog.locator('[data-test=first-needed] button', { hasText: what }).click()
    await form.locator('[data-field=name] input').fill(name)
    if (what === '平台') {
      await form.locator('[data-field=provider]', { hasText: '云甲' }).waitFor()
      await choice(page, form.locator('[data-field=model]'), '行业云')
    }
    await page.locator('[data-test=dialog-save]').click()
    await form.waitFor({ state: 'detached' })
  }
  await dialog.locator('[data-test=enter-new]').click()
  await form.locator('[data-field=platform]', { hasText: '行业云一区' }).waitFor()
  assert.equal(await form.locator('[data-field=consent_on]').count(), 0) // the client's
  await form.locator('[data-field=subcontractor] input').fill('云乙运维有限公司')
  await form.locator('[data-field=service] input').fill('机房值守')
  await choice(page, form.locator('[data-field=type]'), '分包')
  assert.match(await form.locator('[data-field=requested_on] input').inputValue(), /^\d{4}-\d\d-\d\d$/)
  await shot(page, 'offer-enter-zh')
  await accessible(page)
  await page.locator('[data-test=dialog-save]').click()
  await form.waitFor({ state: 'detached' })
  await dialog.locator('[data-test=issue-to] .el-radio').nth(1).click()
  await dialog.locator('[data-test=issue-some]').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '华源证券' }).click()
  await page.keyboard.press('Escape')
  await shot(page, 'offer-dialog-zh')
  await accessible(page)
  await page.locator('[data-test=issue-go]').click()
  const asked = page.locator('[data-issued=机房值守]')
  await asked.locator('[data-outcome=waiting]', { hasText: '1' }).waitFor()
  // Offered once more, it would be there twice.
  await page.locator('[data-test=issue]').click()
  await page.locator('[data-test=issue-kind]').click()
  await items.filter({ hasText: '转包' }).click()
  await choice(page, dialog.locator('[data-field=record]'), '机房值守')
  await dialog.locator('[data-test=there]').waitFor()
  await page.locator('.el-dialog__footer:visible button').first().click()
  await dialog.waitFor({ state: 'hidden' })
  // The client finds it where all that waits stands, takes it, and gives its consent.
  const other = await w.open('/waiting', { institution: a })
  await other.locator('[data-what=offer]', { hasText: '机房值守' }).waitFor()
  await sound(other)
  await takeOffer(a, '机房值守', { platform: made.a.platform })
  const own = (await w.get(`/institutions/${a}/records/subcontracting`)).items[0]
  const r = await w.send('PATCH', `/institutions/${a}/records/subcontracting/${own.id}`, { fields: { consent_on: '2026-02-20' } }, { 'If-Match': `"${own.version}"` })
  assert.equal(r.status, 200, JSON.stringify(r.json))
  // A certificate to all: one takes it, one declines.
  const own1 = (await w.get(`/institutions/${provider}/records/provider`)).items[0].id
  const sheet = await record(provider, 'certificate', { number: 'ZS-1', provider: own1, scheme: 'iso27001_2022', body: '认证中心', issued_on: '2026-01-01', valid_from: '2026-01-01', valid_until: '2999-01-01', scope: '云平台' })
  await record(provider, 'offer', { about_kind: 'certificate', about: sheet }, contact)
  await takeOffer(a, 'ZS-1', {})
  await takeOffer(b, 'ZS-1', {}, '不在服务范围内')
  await page.reload()
  await asked.locator('[data-outcome=taken]', { hasText: '1' }).waitFor()
  await asked.locator('summary').click()
  await asked.locator('[data-test=decided]', { hasText: '2026-02-20' }).waitFor()
  assert.match(await asked.locator('[data-client=hyzq]').innerText(), /华源证券[\s\S]*待许可[\s\S]*委托方许可日期 2026-02-20/)
  const sent = page.locator('[data-issued="ZS-1"]')
  await sent.locator('summary').click()
  await sent.locator('[data-client=nbzq][data-made=declined]', { hasText: '不在服务范围内' }).waitFor()
  await shot(page, 'offers-zh')
  await accessible(page)
  await asked.locator('[data-test=decided] a').click()
  await page.waitForURL(/addressed\//)
  await page.locator('[data-test=shared]', { hasText: '云乙运维有限公司' }).waitFor()
  await page.locator('.side [data-nav=offers]').click()
  // Taken back, and offered again.
  await sent.locator('[data-test=take-back]').click()
  await page.locator('.el-message-box .el-button--primary').click()
  await sent.locator('[data-test=offer-again]').click()
  await sent.locator('[data-outcome=declined]').waitFor()
  await asked.locator('[data-test=to-whom]').click()
  await form.locator('[data-field=engagements]', { hasText: '华源证券' }).waitFor()
  await sound(page)
  const reads = await w.open('/offers', as(reader, { lang: 'en' }))
  await reads.locator('[data-test=issue][aria-disabled=true]').waitFor()
  await sound(reads)
})

test('by a spreadsheet: what is to be answered, filled in, imported with the differences seen: the same comes of it', async () => {
  const link = (await w.get(`/institutions/${provider}/ties`)).items.find((x) => x.institution.id === a).link
  await record(provider, 'answer', { engagement: link, about_kind: 'evidence_request', about: made.third, act: 'answer', text: '已审查', answered_on: '2026-02-01' }, contact)
  await take(a, made.third, '没有写明范围')
  const page = await w.open('/addressed', as(contact))
  await page.locator('[data-figure=again] strong', { hasText: '1' }).waitFor()
  await page.locator('[data-test=register]').click()
  await page.locator('[data-test=register-dialog]').waitFor()
  await accessible(page)
  await shot(page, 'register-zh')
  const xlsx = page.waitForEvent('download')
  await page.locator('[data-test=register-xlsx]').click()
  assert.equal((await xlsx).suggestedFilename(), '答复.xlsx')
  const given = page.waitForEvent('download')
  await page.locator('[data-test=register-csv]').click()
  const [heads, ...rows] = readFileSync(await (await given).path(), 'utf8').replace(/^\ufeff/, '').trim().split('\n').map((l) => l.split(','))
  assert.equal(rows.length, 4) // not the one that was answered, not the one for information
  const at = (name) => heads.indexOf(name)
  for (const r of rows) {
    const text = { [made.soon]: '渗透测试已完成', [made.third]: '全部运维人员已审查' }[r[at('about')]]
    if (text) Object.assign(r, { [at('text')]: text, [at('answered_on')]: '2026-02-03' })
  }
  const path = join(w.dir, 'answer.csv')
  writeFileSync(path, [heads, ...rows].map((r) => r.join(',')).join('\n') + '\n')
  await page.locator('[data-test=register-import]').click()
  await page.waitForURL(/import\?kind=answer/)
  await settled(page)
  await page.locator('[data-test=file]').setInputFiles(path)
  await page.locator('[data-test=to-table]').click()
  await page.locator('[data-test=grid]').waitFor()
  assert.equal(await page.locator('[data-test=grid] tr[data-row]').count(), 2) // what was not filled in is left out
  await page.locator('[data-test=left-out]').waitFor()
  await page.locator('[data-test=check]').click()
  await page.locator('[data-test=clean]').waitFor()
  assert.match(await page.locator('[data-test=clean]').innerText(), /新建 1 条、修改 1 条[\s\S]*1 条改变状态/)
  await page.locator('[data-difference=new]', { hasText: '渗透测试结果' }).waitFor()
  const changed = (await page.locator('[data-difference=changed]').allInnerTexts()).map((x) => x.replace(/\s+/g, ' ')).join('|')
  assert.match(changed, /人员背景审查说明.*答复内容 已审查 全部运维人员已审查.*答复日期 2026-02-01 2026-02-03.*状态 未被接受 已给出/)
  await shot(page, 'register-import-zh')
  await accessible(page)
  await page.locator('[data-test=import]').click()
  await page.locator('[data-test=done]').waitFor()
  await page.locator('[data-test=to-place]').click()
  await page.locator(`[data-item="${made.soon}"][data-stand=waiting]`).waitFor()
  await take(a, made.soon)
  const kept = await w.get(`/institutions/${a}/records/evidence_request/${made.soon}`)
  assert.deepEqual([kept.state, kept.fields.answer, kept.fields.answered_on], ['answered', '渗透测试已完成', '2026-02-03'])
  const again = await take(a, made.third)
  assert.deepEqual(again.changes.map((c) => c.to), ['全部运维人员已审查', '2026-02-03'])
  await sound(page)
})

test('the workbook that the page writes comes back as it is', async () => {
  const page = await w.open('/addressed', as(contact))
  await settled(page)
  await page.locator('[data-test=register]').click()
  const xlsx = page.waitForEvent('download')
  await page.locator('[data-test=register-xlsx]').click()
  const path = await (await xlsx).path()
  const bytes = readFileSync(path)
  writeFileSync(join(w.dir, 'back.xlsx'), bytes)
  await page.locator('[data-test=register-import]').click()
  await settled(page)
  await page.locator('[data-test=file]').setInputFiles(join(w.dir, 'back.xlsx'))
  await page.locator('[data-test=columns]').waitFor()
  await page.locator('[data-test=to-table]').click()
  // Nothing was filled in: all is left out, and that is said.
  await page.locator('[data-test=bad]').waitFor()
  await sound(page)
})

test('a person is given the roles that count here; the server refuses another', async () => {
  for (const [inst, fits, not] of [[provider, ['受托方管理员', '系统管理员'], ['检查人员', '数据负责人']], [a, ['受托方联系人', '数据负责人'], ['检查人员', '受托方管理员']]]) {
    const page = await w.open('/records/person/new', { institution: inst })
    await settled(page)
    await page.getByText('其余字段').click()
    await page.locator('[data-field=roles] .el-select').click()
    const items = page.locator('.el-select-dropdown:visible .el-select-dropdown__item')
    await items.getByText(fits[0], { exact: true }).waitFor()
    const names = await items.allInnerTexts()
    for (const x of fits) assert.ok(names.includes(x), x + ': ' + names.join())
    for (const x of not) assert.ok(!names.includes(x), x)
    await shot(page, 'provider-roles-zh')
    await sound(page)
  }
  const r = await w.send('POST', `/institutions/${a}/records/person`, { fields: { number: 'X1', name: '检', roles: ['inspector'] } })
  assert.equal(r.status, 400)
  assert.equal(r.json.error.field, 'fields.roles')
  assert.match(r.json.error.messages.zh, /“检查人员”在类型为“委托方”的机构中无效/)
})

test('fits a desktop and a phone in both languages', async () => {
  for (const [lang, size] of [['zh', DESKTOP], ['en', DESKTOP], ['zh', PHONE], ['en', PHONE]]) {
    const page = await w.open('/addressed', as(contact, { lang, size }))
    await settled(page)
    for (const [name, to] of [['addressed', ''], ['one', `/addressed/${a}/${made.alert}`], ['ties', '/ties'], ['offers', '/offers']]) {
      if (to) await follow(page, to)
      if (name === 'one') {
        await page.locator('[data-test=answer]').click()
        await page.locator('[data-test=give]').waitFor()
      }
      if (name === 'offers') await page.locator('[data-issued] summary').last().click()
      await shot(page, `provider-${name}-${lang}${size === PHONE ? '-phone' : ''}`, { full: true })
      assert.ok((await wider(page)) <= 0, `${name} is wider than the screen in ${lang}`)
      if (lang === 'en' && size === PHONE) await accessible(page)
    }
    await sound(page)
    await page.context().close()
  }
})

test('a tie is ended: nothing of that client is seen any more, the other stays', async () => {
  const page = await w.open('/ties', as(manager))
  await settled(page)
  await page.locator('[data-tie=hyzq] [data-test=end]').click()
  await page.locator('[data-test=reason-dialog] textarea').fill('服务已结束')
  await shot(page, 'ties-end-zh')
  await accessible(page)
  await page.locator('[data-test=reason-go]').click()
  await page.locator('[data-test=ended-ties]', { hasText: '服务已结束' }).waitFor()
  assert.equal(await page.locator('[data-tie=hyzq]').count(), 0)
  await page.locator('[data-tie=nbzq]').waitFor()
  await page.locator('.side [data-nav=addressed]').click()
  await page.locator(`[data-item="${made.other}"]`).waitFor()
  assert.equal(await page.locator('[data-test=addressed] [data-item]').count(), 1)
  await page.goto(`${w.url}/p/addressed/${a}/${made.late}`)
  await page.locator('[data-test=gone]').waitFor()
  await accessible(page)
  await shot(page, 'addressed-gone-zh')
  await sound(page)
})
