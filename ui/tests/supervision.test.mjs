// SPDX-License-Identifier: Apache-2.0
// The regulator's side: institutions by how they stand, who may read them and who says so, going into one, and what that
// one sees of it. The ties are made where nobody signs in; then everybody does, on a clock that is moved on for the
// entries of a quarter of an hour.
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { accessible, assert, DESKTOP, PHONE, run, settled, shot, sound, wider, world } from './world.mjs'

const DAY = '2026-06-15'
const PASSWORD = 'a quiet harbour before dawn'
let w, inst, office, inspector, stranger, keeper, officer
const at = (name) => fileURLToPath(new URL('../../packs/' + name, import.meta.url))

async function made(where, kind, fields) {
  const r = await w.send('POST', `/institutions/${where}/records/${kind}`, { fields })
  assert.equal(r.status, 201, `${kind}: ${JSON.stringify(r.json)}`)
  return r.json.id
}
const person = (where, number, name, roles) => made(where, 'person', { number, name, roles })
/** The institution invites the regulator, which accepts. */
async function tied(where) {
  const supervisor = await made(where, 'supervisor', { name: '证监局' })
  await made(where, 'invitation', { number: 'YQ-1', party_kind: 'supervisor', party: supervisor, contact: '郑铎', sent_on: DAY, expires_on: '2026-06-30' })
  const { code } = (await w.send('POST', `/institutions/${where}/invitations/YQ-1/code`)).json
  const r = await w.send('POST', `/institutions/zjj/invitations/accept`, { code })
  assert.equal(r.status, 201, JSON.stringify(r.json))
  return r.json.link
}

/** Accounts: of the operator, and by him of those who are named. */
async function accounts(people) {
  const post = async (to, body, headers = {}) => {
    const r = await fetch(w.url + '/api/v1' + to, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) })
    assert.ok(r.ok, `${to}: ${r.status} ${r.ok ? '' : await r.text()}`)
    return { json: await r.json(), cookie: r.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ') }
  }
  const secret = /\/p\/set-up#(\S+)/.exec(w.server.said())?.[1]
  const first = await post('/set-up', { secret, name: 'anna', password: PASSWORD })
  const headers = { Cookie: first.cookie, 'Yunjian-CSRF': first.json.csrf }
  for (const [where, name, id] of people) {
    const { json } = await post(`/institutions/${where}/accounts`, { name, person: id }, headers)
    await post('/set-up', { secret: json.set_up.secret, password: PASSWORD })
  }
}
async function opened(name, path = '/', options = {}) {
  const page = await w.open('/sign-in?to=' + encodeURIComponent(path), options)
  await page.locator('[data-field=name] input').fill(name)
  await page.locator('[data-field=password] input').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.locator('[data-test=person-menu]').waitFor()
  await settled(page)
  return page
}
const row = (page, code) => page.locator(`[data-institution=${code}]`)

before(async () => {
  w = await world('own', { packs: ['core', 'sf-cloud'].map(at), clock: `${DAY}T10:01:00+08:00` })
  inst = (await w.get('/institutions')).items[0].id
  for (const [code, name, type] of [['gyqh', '光源期货有限公司', 'client'], ['zjj', '证监局', 'regulator']])
    assert.equal((await w.send('POST', '/institutions', { fields: { code, name, type } })).status, 201)
  office = (await w.get('/institutions')).items.find((i) => i.code === 'zjj').id
  officer = await person(inst, 'A1', '周岚', ['head_of_information_security'])
  keeper = await person('zjj', 'Z1', '郑铎', ['administrator'])
  inspector = await person('zjj', 'Z2', '沈砚', ['inspector'])
  stranger = await person('zjj', 'Z3', '陆遥', ['inspector'])
  const provider = await made(inst, 'provider', { name: '云甲科技' })
  await made(inst, 'platform', { provider, name: '云甲行业云', model: 'industry' })
  await made(inst, 'system', { code: 'SYS-1', name: '集中交易系统', owner: officer })
  await tied(inst)
  await tied('gyqh')
  await w.restart([])
  await accounts([['zjj', 'keeper', keeper], ['zjj', 'inspector', inspector], ['zjj', 'stranger', stranger], [inst, 'officer', officer]])
})
after(() => w.stop())

test('without a scope the institutions are known by name, with why and who can change that; the keeper gives one', async () => {
  const other = await opened('stranger', '/', { lang: 'en' })
  await other.waitForURL(/\/supervision$/)
  await row(other, 'hyzq').locator('[data-test=no-scope]').waitFor()
  assert.match(await other.locator('[data-test=no-scope-why]').innerText(), /郑铎/)
  await row(other, 'hyzq').locator('[data-test=give].refused').waitFor()
  await shot(other, 'supervision-no-scope-en')
  await accessible(other)
  await sound(other)
  const page = await opened('keeper', '/supervision/scopes')
  await page.locator('[data-test=scopes] [data-test=empty]').waitFor()
  await page.locator('[data-tab=institutions]').click()
  await row(page, 'hyzq').locator('[data-test=give]').click()
  const dialog = page.locator('[data-test=record-dialog]')
  await dialog.locator('[data-field=inspector] .el-select').click()
  await dialog.locator('[data-field=inspector] input').pressSequentially('沈砚')
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '沈砚' }).first().click()
  await dialog.locator('[data-field=basis] input').fill('证监局检字〔2026〕7号')
  await shot(page, 'supervision-give-zh')
  await accessible(page, 'giving a scope')
  await page.locator('[data-test=dialog-save]').click()
  await dialog.waitFor({ state: 'hidden' })
  await page.locator('[data-tab=scopes]').click()
  await page.locator('[data-scope][data-state=active]', { hasText: '沈砚' }).waitFor()
  assert.match(await page.locator('[data-scope]').innerText(), /华源证券/)
  await shot(page, 'supervision-scopes-zh')
  await accessible(page)
  // To a regulator nothing is addressed: its ties lead to no such place.
  await page.goto(w.url + '/p/ties')
  await page.locator('[data-tie=hyzq] [data-test=end]').waitFor()
  assert.equal(await page.locator('[data-test=ties] a[href*=addressed]').count(), 0)
  await sound(page)
})

test('an inspector sees where they stand, goes into one, reads, can change nothing, and comes back', async () => {
  const page = await opened('inspector')
  await page.waitForURL(/\/supervision$/)
  await row(page, 'hyzq').locator('[data-test=binding]').waitFor()
  await row(page, 'gyqh').locator('[data-test=no-scope]').waitFor()
  await shot(page, 'supervision-zh')
  await accessible(page)
  await page.locator('[data-test=find] input, input[data-test=find]').first().fill('光源')
  await row(page, 'hyzq').waitFor({ state: 'detached' })
  await page.locator('[data-test=find] input, input[data-test=find]').first().fill('')
  await row(page, 'hyzq').locator('[data-test=enter]').click()
  await page.locator('[data-test=visiting]').waitFor()
  await settled(page)
  assert.match(await page.locator('[data-test=visiting]').innerText(), /华源证券股份有限公司[\s\S]*账簿/)
  assert.equal(await page.locator('.side [data-nav=partners], .side [data-nav=import], [data-test=bell], [data-test=institution]').count(), 0)
  await shot(page, 'visit-cockpit-zh')
  await accessible(page, 'reading an institution')
  for (const place of ['standard', 'records', 'evidence', 'ledger', 'operating', 'cockpit']) {
    await page.locator(`.side [data-nav=${place}]`).click()
    await page.locator(`.side [data-nav=${place}].on`).waitFor()
    await settled(page)
    assert.equal(await page.locator('.main [data-test=error]').count(), 0, place)
  }
  await page.goto(w.url + '/p/records/system') // loaded anew, one is where one was
  await page.locator('[data-test=visiting]').waitFor()
  await page.getByText('集中交易系统').first().click()
  await settled(page)
  await page.locator('[data-test=fields]').waitFor()
  assert.equal(await page.locator('[data-test=edit], [data-test=transitions] button').count(), 0)
  await shot(page, 'visit-record-zh')
  await page.locator('[data-test=leave]').click()
  await row(page, 'hyzq').waitFor()
  await page.locator('[data-test=visiting]').waitFor({ state: 'detached' })
  await sound(page)
})

test('an inspector issues a warning to all; an institution takes it as its own, and that is seen', async () => {
  const page = await opened('inspector', '/supervision/issued')
  await page.locator('[data-test=issued] [data-test=empty]').waitFor()
  await page.locator('[data-test=issue]').click()
  const dialog = page.locator('[data-test=issue-dialog]')
  await dialog.waitFor()
  await page.locator('[data-test=issue-go]').click()
  await dialog.locator('.bad').waitFor()
  await dialog.locator('[data-test=issue-kind] .el-radio-button', { hasText: '监管预警' }).click()
  await dialog.locator('[data-test=enter-new]').click()
  const form = page.locator('[data-test=record-dialog]')
  for (const [field, text] of [['respond_by', '2026-06-20'], ['number', 'YJ-1'], ['title', '组件高危漏洞']]) await form.locator(`[data-field=${field}] input`).fill(text)
  await page.keyboard.press('Tab')
  await page.locator('[data-test=dialog-save]').click()
  await form.waitFor({ state: 'hidden' })
  await shot(page, 'supervision-issue-zh')
  await accessible(page, 'issuing')
  await page.locator('[data-test=issue-go]').click()
  const issued = page.locator('[data-issued=组件高危漏洞]')
  await issued.locator('[data-outcome=waiting]', { hasText: '2' }).waitFor()
  await issued.locator('[data-tone=soon]').waitFor() // the clock runs, whether it is accepted or not
  await issued.locator('summary').click()
  await shot(page, 'supervision-issued-zh')
  await accessible(page)
  const other = await opened('officer', '/waiting')
  const card = other.locator('[data-what=offer]')
  await card.locator('[data-tone=soon]').waitFor()
  await card.locator('[data-change=title]', { hasText: '组件高危漏洞' }).waitFor()
  await card.locator('[data-test=accept]').click() // which platform it concerns, nobody else can say
  await card.locator('[data-field=platform] .el-form-item__error').waitFor()
  await card.locator('[data-field=platform] .el-select').click()
  await card.locator('[data-field=platform] input').pressSequentially('云甲')
  await other.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '云甲' }).first().click()
  await shot(other, 'waiting-offer-zh')
  await accessible(other)
  await card.locator('[data-test=accept]').click()
  await card.waitFor({ state: 'detached' })
  await sound(other)
  await page.reload()
  await issued.locator('[data-outcome=taken]', { hasText: '1' }).waitFor()
  // Another to one institution alone.
  await page.locator('[data-test=issue]').click()
  await dialog.locator('[data-test=issue-kind] .el-radio-button', { hasText: '监管预警' }).click()
  await dialog.locator('[data-test=enter-new]').click()
  for (const [field, text] of [['respond_by', '2026-06-20'], ['number', 'YJ-2'], ['title', '证书即将到期']]) await form.locator(`[data-field=${field}] input`).fill(text)
  await page.keyboard.press('Tab')
  await page.locator('[data-test=dialog-save]').click()
  await form.waitFor({ state: 'hidden' })
  await dialog.locator('[data-test=issue-to] .el-radio').nth(1).click()
  await page.locator('[data-test=issue-go]').click()
  await dialog.locator('.bad').waitFor()
  await dialog.locator('[data-test=issue-some]').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
  await page.keyboard.press('Escape') // the list alone
  await page.locator('[data-test=issue-go]').click()
  await page.locator('[data-issued=证书即将到期] [data-outcome=waiting]', { hasText: '1' }).waitFor()
  await sound(page)
})

test('the institution sees who may read and who has read what', async () => {
  await w.restart([], () => {
    // The clock is moved on by whatever is written next.
    const r = run('put', 'person', 'number=A9', 'name=许宁', '--data', w.data, '--institution', 'hyzq', '--clock', `${DAY}T10:31:00+08:00`)
    assert.equal(r.status, 0, r.stderr)
  })
  const page = await opened('officer', '/ledger')
  await page.locator('.side [data-nav=readings]').waitFor()
  await page.locator('[data-test=who-has-read]').click()
  await page.locator('[data-test=inspectors]', { hasText: '沈砚' }).waitFor()
  assert.match(await page.locator('[data-test=inspectors]').innerText(), /证监局[\s\S]*7号/)
  await page.locator('[data-reading=system]', { hasText: '集中交易系统' }).waitFor()
  assert.match(await page.locator('[data-test=readings] ol').innerText(), /沈砚\s*证监局\s*2026-06-15 10:00–10:15/)
  await shot(page, 'readings-zh', { full: true })
  await accessible(page)
  await page.locator('[data-reading=system] a', { hasText: '#' }).click()
  await page.locator('[data-test=detail] [data-test=reading]').waitFor()
  assert.match(await page.locator('[data-test=reading]').innerText(), /沈砚（证监局）查阅/)
  await shot(page, 'readings-entry-zh')
  await sound(page)
})

test('fits a desktop and a phone in both languages', async () => {
  for (const [name, place, ready] of [['inspector', '/supervision', '[data-test=binding]'], ['keeper', '/supervision/scopes', '[data-scope]'], ['officer', '/readings', '[data-reading]']]) {
    const page = await opened(name, place)
    for (const [lang, size] of [['zh', DESKTOP], ['en', DESKTOP], ['en', PHONE], ['zh', PHONE]]) {
      await page.setViewportSize(size)
      const want = lang === 'zh' ? 'zh-CN' : 'en'
      if ((await page.locator('html').getAttribute('lang')) !== want) await page.locator('[data-test=language]').click()
      await page.locator(`html[lang=${want}] ${ready}`).first().waitFor()
      await settled(page)
      await shot(page, `${place.slice(1).replace('/', '-')}-${lang}${size === PHONE ? '-phone' : ''}`, { full: true })
      assert.ok((await wider(page)) <= 0, `${place} is wider than the screen in ${lang}`)
    }
    await sound(page)
    await page.context().close()
  }
})

test('a scope that ended lets nobody in, also who is inside', async () => {
  const inside = await opened('inspector')
  await row(inside, 'hyzq').locator('[data-test=enter]').click()
  await inside.locator('[data-test=visiting]').waitFor()
  const page = await opened('keeper', '/supervision/scopes')
  await page.locator('[data-test=end-scope]').click()
  await page.locator('.el-message-box .el-button--primary').click()
  await page.locator('[data-scope][data-state=ended]').waitFor()
  await inside.goto(w.url + '/p/records/system')
  await row(inside, 'hyzq').locator('[data-test=no-scope]').waitFor() // led back to where it is said why
  await sound(page)
})
