// SPDX-License-Identifier: Apache-2.0
// The client's side of what passes between institutions: a partner is invited and tied, what it answers is looked at as
// differences and accepted or declined, and the tie ends. The other side's part is done by the API.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, test } from 'node:test'
import { accessible, assert, DESKTOP, join, PHONE, root, settled, shot, sound, wider, world, writeFileSync } from './world.mjs'

let given, w, inst, today, head, reader, contact, provider, platform
let engagement

async function made(where, kind, fields, person = '') {
  const r = await w.send('POST', `/institutions/${where}/records/${kind}`, { fields }, person ? { 'Yunjian-Person': person } : {})
  assert.equal(r.status, 201, `${kind}: ${JSON.stringify(r.json)}`)
  return r.json.id
}
async function moved(where, kind, id, transition, fields = {}) {
  const r = await w.send('POST', `/institutions/${where}/records/${kind}/${id}/transitions`, { transition, fields })
  assert.equal(r.status, 200, `${kind} ${transition}: ${JSON.stringify(r.json)}`)
  return r.json
}
const record = (kind, id) => w.get(`/institutions/${inst}/records/${kind}/${id}`)
const later = (n) => new Date(Date.parse(today) + n * 86400000).toISOString().slice(0, 10)
let serial = 0
/** Something that is asked of the provider. */
const asked = (title) => made(inst, 'evidence_request', { number: `PH-${++serial}`, title, platform, purpose: 'conformity', asked_on: today, due_on: later(10) })
const answered = (about, act, text, kind = 'evidence_request') => made('yunjia', 'answer', { engagement, about_kind: kind, about, act, text, answered_on: today }, contact)

/** The packs, but for one thing: a provider may ask for a transition that a gate stands before. */
function packs() {
  const folder = mkdtempSync(join(tmpdir(), 'yj-packs-'))
  cpSync(join(root, 'packs'), folder, { recursive: true })
  const file = join(folder, 'sf-cloud/exchange.yaml')
  const text = readFileSync(file, 'utf8')
  const changed = text.replace(/^( +)remedy: \{text: remedy, on: remedied_on, evidence: evidence\}$/m, '$&\n$1verify: {text: remedy, on: verified_on}')
  assert.notEqual(changed, text)
  writeFileSync(file, changed)
  return { folder, list: ['core', 'sf-calendars', 'sf-cloud'].map((p) => join(folder, p)) }
}

before(async () => {
  given = packs()
  w = await world('own', { packs: given.list })
  inst = (await w.get('/institutions')).items[0].id
  today = (await w.get(`/institutions/${inst}/due`)).today
  assert.equal((await w.send('POST', '/institutions', { fields: { code: 'yunjia', name: '云甲科技有限公司', type: 'provider' } })).status, 201)
  head = await made(inst, 'person', { number: 'A1', name: '周岚', roles: ['head_of_information_security'] })
  reader = await made(inst, 'person', { number: 'A2', name: '许宁', roles: ['reader'] })
  contact = await made('yunjia', 'person', { number: 'B1', name: '何川', roles: ['provider_contact'] })
  provider = await made(inst, 'provider', { name: '云甲科技' })
  platform = await made(inst, 'platform', { provider, name: '云甲行业云', model: 'industry' })
})
after(async () => {
  await w?.stop()
  rmSync(given.folder, { recursive: true, force: true })
})

async function choose(page, within, words) {
  await within.locator('.el-select').click()
  await within.locator('.el-select input').pressSequentially(words)
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: words }).first().click()
}
const input = (page, field) => page.locator(`[data-field=${field}] input`)

test('a partner is invited: the code is shown once, made anew, and accepted by the other side', async () => {
  const page = await w.open('/partners', { person: head })
  await settled(page)
  await page.locator('[data-test=tied] [data-test=empty]').waitFor()
  await page.locator('[data-test=invitations] [data-test=empty]').waitFor()
  await shot(page, 'partners-empty-zh')
  await accessible(page)
  await page.locator('[data-test=invite]').click()
  const dialog = page.locator('[data-test=invite-dialog]')
  await dialog.waitFor()
  await page.locator('[data-test=send-invitation]').click()
  await page.locator('[data-test=no-partner]').waitFor()
  await shot(page, 'partners-invite-zh')
  await accessible(page, 'inviting')
  // none of the other kind is on record: the box, which does not open for nothing, says so and where one is entered
  await dialog.getByText('监管机构', { exact: true }).click()
  await page.locator('[data-field=party] .el-select').click()
  await page.locator('[data-test=none-to-choose] a[href$="/records/supervisor/new"]').waitFor()
  await accessible(page, 'nobody to choose')
  await dialog.getByText('受托方（云服务商）', { exact: true }).click()
  await page.locator('[data-test=none-to-choose]').waitFor({ state: 'detached' })
  await choose(page, page.locator('[data-field=party]'), '云甲')
  await input(page, 'contact').fill('何川')
  await page.locator('[data-test=send-invitation]').click()
  const first = await page.locator('[data-test=once]').innerText()
  assert.match(first, /^(\w{6}-){3}\w{6}$/)
  await shot(page, 'partners-code-zh')
  await accessible(page, 'the code')
  await page.locator('[data-test=close-code]').click()
  await page.locator('[data-standing=sent]').waitFor()
  await page.reload()
  await settled(page)
  await page.locator('[data-standing=sent]').waitFor()
  assert.ok(!(await page.content()).includes(first), 'the code is shown again')
  await page.locator('[data-test=make-code]').click()
  await page.locator('.el-message-box .el-button--primary').click()
  await page.locator('[data-test=once]').waitFor()
  const second = await page.locator('[data-test=once]').innerText()
  assert.notEqual(second, first)
  await page.locator('[data-test=close-code]').click()
  const accept = (code) => w.send('POST', '/institutions/yunjia/invitations/accept', { code }, { 'Yunjian-Person': contact })
  assert.equal((await accept(first)).status, 404)
  const tie = await accept(second)
  assert.equal(tie.status, 201, JSON.stringify(tie.json))
  engagement = tie.json.link
  await page.locator('[data-tie=yunjia]').waitFor() // the own ledger has the acceptance: the feed tells
  assert.match(await page.locator('[data-tie=yunjia]').innerText(), /云甲科技有限公司[\s\S]*云甲科技[\s\S]*何川/)
  await page.locator('[data-standing=tied]').waitFor()
  await sound(page)
})

test('who may not invite is told why, and who can', async () => {
  const page = await w.open('/partners', { person: reader, lang: 'en' })
  await settled(page)
  await page.locator('[data-test=invite].refused').waitFor()
  assert.match(await page.locator('[data-test=invite]').innerText(), /周岚/)
  await page.locator('[data-test=invite]').click({ force: true })
  assert.equal(await page.locator('[data-test=invite-dialog]').count(), 0)
  await sound(page)
})

test('an answer waits as differences, counted beside its place; accepted, the own record moves', async () => {
  const question = await asked('等级保护备案证明')
  const page = await w.open('/waiting', { person: head })
  await settled(page)
  await page.locator('[data-test=empty]').waitFor()
  await page.locator('[data-test=waiting-count]').waitFor({ state: 'detached' })
  const file = await made('yunjia', 'evidence', { title: '备案证明扫描件', digest: '0'.repeat(62) + 'ab', source: 'person' }, contact)
  const answer = await made('yunjia', 'answer', { engagement, about_kind: 'evidence_request', about: question, act: 'answer', text: '备案编号 31010199。', answered_on: today, evidence: [file] }, contact)
  await page.reload()
  const card = page.locator(`[data-waiting="${answer}"]`)
  await card.waitFor()
  assert.match(await page.locator('.side [data-test=waiting-count]').innerText(), /1/)
  assert.match(await card.innerText(), /配合事项\s*等级保护备案证明/)
  assert.match(await card.locator('[data-change=answer]').innerText(), /答复内容\s*—\s*备案编号 31010199。/)
  assert.match(await card.locator('[data-test=evidence]').innerText(), /备案证明扫描件/)
  assert.match(await card.locator('[data-test=effect]').innerText(), /登记答复.*已答复待核对/)
  await shot(page, 'waiting-zh')
  await accessible(page)
  assert.equal((await record('evidence_request', question)).state, 'asked')
  // The record itself says that something waits.
  await card.locator('h2 a').click()
  await page.locator('[data-test=waits-here] a').click()
  await card.locator('[data-test=accept]').click()
  await page.locator('.el-message--success').waitFor()
  await card.waitFor({ state: 'detached' })
  await page.locator('[data-test=waiting-count]').waitFor({ state: 'detached' })
  const now = await record('evidence_request', question)
  assert.equal(now.state, 'answered')
  assert.equal(now.fields.answer, '备案编号 31010199。')
  // Given again, it is a difference to what was taken, and moves nothing.
  await moved('yunjia', 'answer', answer, 'give_again', { text: '备案编号 31010200。' })
  await page.reload()
  await card.waitFor()
  assert.match(await card.locator('[data-change=answer]').innerText(), /31010199。\s*备案编号 31010200。/)
  assert.match(await card.locator('[data-test=effect]').innerText(), /状态不变/)
  await sound(page)
})

test('given anew while one looks at it, it is shown anew; declined with a reason, the record stays', async () => {
  const question = await asked('灾备切换记录')
  const answer = await answered(question, 'answer', '见附件。')
  const page = await w.open('/waiting', { person: head, lang: 'en' })
  const card = page.locator(`[data-waiting="${answer}"]`)
  await card.waitFor()
  const read = await w.send('PATCH', `/institutions/yunjia/records/answer/${answer}`, { fields: { text: '切换记录见附件第 3 页。' } }, { 'If-Match': '"1"' })
  assert.equal(read.status, 200, JSON.stringify(read.json))
  await card.locator('[data-test=accept]').click()
  await card.locator('[data-test=anew]').waitFor()
  assert.match(await card.locator('[data-change=answer]').innerText(), /第 3 页/)
  await shot(page, 'waiting-anew-en')
  await accessible(page)
  await card.locator('[data-test=decline]').click()
  await page.locator('[data-test=decline-go]').click()
  await page.locator('[data-test=reason-needed]').waitFor()
  await page.locator('[data-test=reason] textarea, textarea[data-test=reason]').first().fill('附件缺第 3 页')
  await shot(page, 'waiting-decline-en')
  await page.locator('[data-test=decline-go]').click()
  await card.waitFor({ state: 'detached' })
  assert.equal((await record('evidence_request', question)).state, 'asked')
  const told = await w.get(`/institutions/yunjia/records/answer/${answer}`)
  assert.deepEqual([told.state, told.fields.reason], ['declined', '附件缺第 3 页'])
  await sound(page)
})

test('a shut gate says what is missing, with the ways to it', async () => {
  const finding = await made(inst, 'finding', { number: 'ZG-1', title: '日志保存不足六个月', platform, severity: 'high', requested_on: today })
  await moved(inst, 'finding', finding, 'remedy', { remedy: '已扩容', remedied_on: today })
  const answer = await answered(finding, 'verify', '请核对', 'finding')
  const page = await w.open('/waiting', { person: head })
  const card = page.locator(`[data-waiting="${answer}"]`)
  await card.locator('[data-test=accept]').click()
  await card.locator('[data-test=misses] li').first().waitFor()
  await shot(page, 'waiting-shut-zh')
  await accessible(page)
  assert.equal((await record('finding', finding)).state, 'remedied')
  await sound(page)
})

test('a choice can make an offer about another of the own records: it is shown, and nothing else is changed', async () => {
  const fields = { number: 'FX-1', found_on: today, notified_on: today }
  const own = await made(inst, 'risk_notice', { ...fields, platform, title: '本机构所记' })
  const theirs = await made('yunjia', 'provider', { name: '本公司' })
  const there = await made('yunjia', 'platform', { provider: theirs, name: '云甲行业云', model: 'industry' })
  const notice = await made('yunjia', 'risk_notice', { ...fields, platform: there, title: '控制台弱口令' })
  await made('yunjia', 'offer', { about_kind: 'risk_notice', about: notice }, contact)
  const page = await w.open('/waiting', { person: head })
  const card = page.locator(`[data-waiting="${notice}"]`)
  await card.locator('[data-test=effect]').waitFor()
  const before = await card.locator('[data-test=effect]').innerText()
  assert.ok(!(await card.innerText()).includes('本机构所记'))
  await choose(page, card.locator('[data-field=platform]'), '云甲行业云')
  await card.locator('[data-change=title]', { hasText: '本机构所记' }).waitFor() // what stands there now, beside what comes
  assert.notEqual(await card.locator('[data-test=effect]').innerText(), before)
  await shot(page, 'waiting-chosen-zh')
  await accessible(page)
  await card.locator('[data-test=accept]').click()
  await card.waitFor({ state: 'detached' })
  assert.equal((await record('risk_notice', own)).fields.title, '控制台弱口令')
  await sound(page)
})

test('fits a desktop and a phone in both languages; who may not accept is told why', async () => {
  await made(inst, 'invitation', { number: 'YQ-OLD', party_kind: 'provider', party: provider, contact: '何川', sent_on: later(-40), expires_on: later(-10) })
  for (const place of ['partners', 'waiting']) {
    const page = await w.open('/' + place, { person: reader })
    await settled(page)
    if (place === 'waiting') await page.locator('[data-test=accept].refused').first().waitFor()
    for (const [lang, size] of [['zh', DESKTOP], ['en', DESKTOP], ['en', PHONE], ['zh', PHONE]]) {
      await page.setViewportSize(size)
      const want = lang === 'zh' ? 'zh-CN' : 'en'
      if ((await page.locator('html').getAttribute('lang')) !== want) await page.locator('[data-test=language]').click()
      await page.locator(`html[lang=${want}] ${place === 'partners' ? '[data-standing=lapsed]' : '[data-waiting]'}`).first().waitFor()
      await settled(page)
      await shot(page, `${place}-${lang}${size === PHONE ? '-phone' : ''}`, { full: true })
      assert.ok((await wider(page)) <= 0, `${place} is wider than the screen in ${lang}`)
    }
    await sound(page)
    await page.context().close()
  }
})

test('a tie is ended with what it means; from the other side it is seen, too', async () => {
  const page = await w.open('/partners', { person: head })
  await settled(page)
  await page.locator('[data-tie=yunjia] [data-test=end-tie]').click()
  await page.locator('[data-test=end-reason] textarea, textarea[data-test=end-reason]').first().fill('合同到期')
  await shot(page, 'partners-end-zh')
  await accessible(page, 'ending')
  await page.locator('[data-test=end-go]').click()
  await page.locator('[data-test=tied] [data-test=empty]').waitFor()
  await page.locator('[data-standing=ended]', { hasText: '合同到期' }).waitFor()
  assert.equal((await w.get('/institutions/yunjia/ties')).items.length, 0)
  // Tied anew, and ended by the other side in its own ledger.
  await made(inst, 'invitation', { number: 'YQ-NEU', party_kind: 'provider', party: provider, contact: '何川', sent_on: today, expires_on: later(5) })
  const { code } = (await w.send('POST', `/institutions/${inst}/invitations/YQ-NEU/code`)).json
  const tie = await w.send('POST', '/institutions/yunjia/invitations/accept', { code })
  assert.equal(tie.status, 201)
  await moved('yunjia', 'engagement', tie.json.link, 'end')
  await page.reload()
  await page.locator('[data-standing=left] [data-test=end-tie]').waitFor()
  await sound(page)
})
