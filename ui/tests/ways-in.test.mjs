// SPDX-License-Identifier: Apache-2.0
// Ways in beside the password: providers set up by the operator, linked by a person himself; what an account is still good
// for; and that a half-filled form outlives its session. One after the other: each goes on from the one before.
import { after, before, test } from 'node:test'
import { directory } from './directory.mjs'
import { provider } from './oidc.mjs'
import { accessible, assert, DESKTOP, PHONE, settled, shot, sound, wider, world } from './world.mjs'

const EVIL = '<img src=x onerror=alert(1)>'
const PASSWORD = 'seven lamps beside the river'
const OTHER = 'a quiet harbour before dawn'
let w
let oidc
let ldap
let operator // a page of the operator
let id // of the provider

before(async () => {
  oidc = await provider('subject-of-mona')
  ldap = await directory('lisi', 'Passw0rd!l')
  w = await world('own', { signIn: true })
})
after(async () => {
  await w.stop()
  await oidc.stop()
  await ldap.stop()
})

const at = (page, name) => page.locator(`[data-field=${name}] input, [data-field=${name}] textarea`).first()
const path = (page) => page.url().slice(w.url.length)
async function inside(page) {
  await page.locator('[data-test=person-menu]').waitFor()
  await settled(page)
}
async function signIn(page, name, given) {
  await page.locator('[data-test=sign-in]').waitFor()
  await at(page, 'name').fill(name)
  await at(page, 'password').fill(given)
  await page.keyboard.press('Enter')
}
async function confirm(page) {
  await page.locator('.el-message-box .el-button--primary').click()
  await page.locator('.el-message-box').waitFor({ state: 'hidden' })
}
/** What the page of who has signed in may ask. */
const send = (page, method, to, body) =>
  page.evaluate(
    async ([method, to, body]) => {
      const me = await (await fetch('/api/v1/session')).json()
      const headers = { 'Content-Type': 'application/json', 'Yunjian-CSRF': me.csrf ?? '' }
      const r = await fetch('/api/v1' + to.replace('{me}', me.account?.id), { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
      return { status: r.status, json: await r.json().catch(() => null) }
    },
    [method, to, body],
  )
/** A person with an account and a password, made by the operator. */
async function person(number, name, roles, account) {
  const who = await send(operator, 'POST', '/institutions/hyzq/records/person', { fields: { number, name, roles } })
  assert.equal(who.status, 201, JSON.stringify(who.json))
  const made = await send(operator, 'POST', '/institutions/hyzq/accounts', { name: account, person: who.json.id })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  const set = await fetch(w.url + '/api/v1/set-up', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ secret: made.json.set_up.secret, password: OTHER }) })
  assert.equal(set.status, 200)
  return { person: who.json.id, account: made.json.account.id }
}

test('a password that is guessed easily is refused, with what to do', async () => {
  operator = await w.open('/')
  await operator.goto(/(http:\/\/\S+\/p\/set-up#\S+)/.exec(w.server.said())[1])
  await operator.locator('[data-test=set-up]').waitFor()
  await at(operator, 'name').fill('anna')
  const said = operator.locator('[data-field=password] [data-test=field-error]')
  // Known to everybody; known to whoever knows where one works.
  for (const bad of ['password1234', 'Hyzq@20250101', '华源证券华源证券华源证券']) {
    await at(operator, 'password').fill(bad)
    await operator.keyboard.press('Enter')
    await operator.locator('[data-test=set-up-go]:not(.is-loading)').waitFor()
    assert.match(await said.innerText(), /猜到.*词/, bad)
  }
  await operator.locator('[data-test=language]').click()
  assert.match(await said.innerText(), /guessed easily.*words/)
  await operator.locator('[data-test=language]').click()
  await accessible(operator)
  await shot(operator, 'set-up-easy-zh')
  await at(operator, 'password').fill(PASSWORD)
  await operator.keyboard.press('Enter')
  await operator.locator('[data-test=enrol-later]').click()
  await inside(operator)
  await sound(operator)
})

test('the operator sets a provider up, tries it, switches it and removes it', async () => {
  const page = operator
  await page.locator('[data-test=person-menu]').click()
  await page.locator('[data-test=providers]').click()
  await page.locator('[data-test=empty]').waitFor()
  await accessible(page)
  await page.locator('[data-test=new-provider]').click()
  const form = page.locator('[data-test=provider-form]')
  await at(form, 'label').fill('统一认证 ' + EVIL)
  await at(form, 'issuer').fill('http://id.example')
  await at(form, 'client_id').fill('yunjian')
  await form.locator('[data-test=provider-go]').click()
  await form.locator('[data-field=issuer] .el-form-item__error').waitFor() // without TLS only on this machine
  assert.equal(await form.locator('[data-test=redirect]').innerText(), w.url + '/api/v1/sign-in/oidc/return')
  await accessible(page)
  await shot(page, 'provider-new-zh')
  await at(form, 'issuer').fill(oidc.issuer)
  await at(form, 'secret').fill('of the client')
  await form.locator('[data-test=provider-go]').click()
  const row = page.locator('[data-provider]').first()
  await row.waitFor()
  id = await row.getAttribute('data-provider')
  assert.ok((await row.innerText()).includes(EVIL))
  assert.equal(await page.locator('main img').count(), 0)
  await row.locator('[data-test=check]').click()
  await row.locator('[data-test=checked].fine').waitFor()
  // A directory that is not there: why, in words.
  await page.locator('[data-test=new-provider]').click()
  await form.locator('[data-field=kind] .el-radio').nth(1).click()
  await at(form, 'label').fill('目录')
  await at(form, 'urls').fill('ldap://127.0.0.1:9')
  await at(form, 'bind_dn').fill('cn=reader,dc=example,dc=com')
  await at(form, 'secret').fill('of the reader')
  await at(form, 'base').fill('dc=example,dc=com')
  await form.locator('[data-test=more]').click()
  await accessible(page)
  await shot(page, 'provider-directory-zh')
  await form.locator('[data-test=provider-go]').click()
  const directory = page.locator('[data-provider]', { hasText: '目录' }).last()
  await directory.waitFor()
  await directory.locator('[data-test=check]').click()
  await directory.locator('[data-test=checked].bad').waitFor()
  assert.match(await directory.locator('[data-test=checked]').innerText(), /\p{Script=Han}/u)
  await accessible(page)
  await shot(page, 'providers-zh')
  // Changed: what was set is there, the secret is not.
  await directory.locator('[data-test=change]').click()
  assert.equal(await at(form, 'bind_dn').inputValue(), 'cn=reader,dc=example,dc=com')
  assert.equal(await at(form, 'secret').inputValue(), '')
  await at(form, 'label').fill('目录二')
  await form.locator('[data-test=provider-go]').click()
  const renamed = page.locator('[data-provider]', { hasText: '目录二' })
  await renamed.waitFor()
  await renamed.locator('[data-test=turn]').click()
  await confirm(page)
  await renamed.locator('[data-state=off]').waitFor()
  // What is delicate asks who is there, a quarter of an hour after the last time (answered in place of the server).
  await page.route('**/api/v1/providers/*', (r) => (r.request().method() === 'DELETE' ? r.fulfill({ status: 403, json: { error: { code: 'prove_again', message: 'x', messages: { zh: 'x', en: 'x' }, request_id: '1' } } }) : r.fallback()), { times: 1 })
  await renamed.locator('[data-test=remove]').click()
  await confirm(page)
  await page.locator('[data-test=prove] [data-field=password] input').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await renamed.waitFor({ state: 'detached' })
  await sound(page)
})

test('a person links the account himself, and signs in by it; nobody slips it to another', async () => {
  await person('M1', '莫娜', ['administrator'], 'mona')
  await person('N1', '诺拉', ['reader'], 'nora')
  const page = await w.open('/account')
  await signIn(page, 'mona', OTHER)
  await page.locator('[data-test=nothing-linked]').waitFor()
  await accessible(page)
  await page.locator(`[data-link="${id}"]`).click()
  await page.locator('#go').waitFor() // at the provider, which is another site
  const answer = oidc.last
  // Who gets hold of the answer can do nothing with it: not with another browser, nor in another's session.
  const nora = await w.open('/account')
  await signIn(nora, 'nora', OTHER)
  await nora.locator('[data-test=nothing-linked]').waitFor()
  await nora.goto(answer)
  await nora.waitForURL(/failed=refused|\/p\//)
  await nora.goto(w.url + '/p/account#' + new URL(answer).searchParams)
  await nora.reload() // the part behind '#' alone loads nothing anew
  await nora.goto(w.url + '/api/v1/health')
  await nora.goto(w.url + '/p/account#' + new URL(answer).searchParams)
  await nora.locator('[data-test=ways-card] [data-test=error]').waitFor()
  assert.equal(path(nora), '/p/account', 'nothing of it stays in the address')
  await nora.locator('[data-test=nothing-linked]').waitFor()
  // In the session that began it goes on.
  await page.locator('#go').click()
  await page.locator(`[data-identity="${id}"]`).waitFor()
  assert.equal(path(page), '/p/account')
  await accessible(page)
  await shot(page, 'account-linked-zh', { full: true })
  // It was good once.
  await page.goto(w.url + '/api/v1/health')
  await page.goto(w.url + '/p/account#' + new URL(answer).searchParams)
  await page.locator('[data-test=ways-card] [data-test=error]').waitFor()
  await page.locator(`[data-identity="${id}"]`).waitFor() // what is linked is read beside it
  assert.equal(await page.locator('[data-identity]').count(), 1)

  const visitor = await w.open('/planning/plans')
  await visitor.locator('[data-test=other-ways]').waitFor()
  await accessible(visitor)
  await shot(visitor, 'sign-in-other-zh')
  await visitor.locator(`[data-way="${id}"]`).click()
  await visitor.locator('#go').click()
  await inside(visitor)
  assert.equal(path(visitor), '/p/planning/plans')
  assert.match(await visitor.locator('[data-test=person-menu]').innerText(), /莫娜/)
  // Somebody whom the provider knows and nobody has linked.
  oidc.subject = 'subject-of-nobody'
  const stranger = await w.open('/')
  await stranger.locator(`[data-way="${id}"]`).click()
  await stranger.locator('#go').click()
  await stranger.locator('[data-test=failed]').waitFor()
  assert.match(await stranger.locator('[data-test=failed]').innerText(), /关联/)
  await shot(stranger, 'sign-in-unlinked-zh')
  // The operator sees it, and links him with another account; the same one cannot be two people's.
  const accounts = operator
  await accounts.goto(w.url + '/p/accounts')
  await accounts.locator('[data-account=nora] [data-test=manage]').click()
  const link = accounts.locator('[data-test=link-identity]')
  await link.locator('.el-select').click()
  await accounts.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
  await at(link, 'subject').fill('subject-of-mona')
  await link.locator('[data-test=link-identity-go]').click()
  await link.locator('[data-field=subject] .el-form-item__error').waitFor()
  await at(link, 'subject').fill('subject-of-nobody')
  await link.locator('[data-test=link-identity-go]').click()
  await accounts.locator(`[data-test=identities] [data-identity="${id}"]`).waitFor()
  await accessible(accounts)
  await shot(accounts, 'account-identities-zh')
  await accounts.locator('[data-test=unlink-identity]').click()
  await confirm(accounts)
  await accounts.locator('[data-identity]').waitFor({ state: 'detached' })
  // And he takes it apart again himself: that way leads in no more.
  oidc.subject = 'subject-of-mona'
  await page.locator('[data-test=unlink-own]').click()
  await confirm(page)
  await page.locator('[data-test=nothing-linked]').waitFor()
  await visitor.reload()
  await visitor.locator('[data-test=sign-in]').waitFor() // other sessions have ended
  await visitor.locator(`[data-way="${id}"]`).click()
  await visitor.locator('#go').click()
  await visitor.locator('[data-test=failed]').waitFor()
  await provesByTheProvider()
  await provesByTheDirectory()
  for (const p of [page, nora, operator]) p.problems = p.problems.filter((x) => !x.includes(oidc.issuer))
  await sound(page)
  await sound(nora)
  await sound(operator)
})

/** Wants something delicate, a token, a quarter of an hour after signing in, which is said in place of the server, once. */
async function isAskedAgain(page) {
  await page.goto(w.url + '/p/account')
  let asked = 0
  await page.route('**/api/v1/tokens', (r) => (r.request().method() === 'POST' && !asked++ ? r.fulfill({ status: 403, json: { error: { code: 'prove_again', message: 'x', messages: { zh: 'x', en: 'x' }, request_id: '1' } } }) : r.fallback()))
  await page.locator('[data-test=new-token]').click()
  await page.locator('[data-test=token-dialog] [data-field=name] input').fill('script')
  await page.locator('[data-test=token-dialog] [data-test=token-go]').click()
  return page.locator('[data-test=prove]')
}

/** Who signs in by a directory proves it by the password that he has there. */
async function provesByTheDirectory() {
  const settings = { urls: [ldap.url], bind_dn: 'cn=reader,dc=example,dc=com', base: 'dc=example,dc=com', filter: '(uid={name})' }
  const at_ldap = await send(operator, 'POST', '/providers', { kind: 'ldap', label: '公司目录', secret: ldap.secret, settings })
  assert.equal(at_ldap.status, 201, JSON.stringify(at_ldap.json))
  const who = await send(operator, 'POST', '/institutions/hyzq/records/person', { fields: { number: 'L1', name: '李四', roles: ['reader'] } })
  const made = await send(operator, 'POST', '/institutions/hyzq/accounts', { name: 'lisi-here', person: who.json.id })
  const linked = await send(operator, 'POST', `/accounts/${made.json.account.id}/identities`, { provider: at_ldap.json.id, login: 'lisi' })
  assert.equal(linked.status, 204, JSON.stringify(linked.json))
  const page = await w.open('/api/v1/health')
  await page.goto(w.url + '/p/account')
  await page.locator('[data-test=sign-in]').waitFor()
  const signed = await send(page, 'POST', '/sign-in/directory', { provider: at_ldap.json.id, name: 'lisi', password: 'Passw0rd!l' })
  assert.equal(signed.status, 200, JSON.stringify(signed.json))
  const ask = await isAskedAgain(page)
  const field = (name) => ask.locator(`[data-field=${name}] input`)
  await field('login').waitFor()
  assert.equal(await field('login').inputValue(), 'lisi')
  assert.equal(await field('name').count(), 0)
  assert.match(await ask.innerText(), /公司目录/)
  await accessible(page)
  await shot(page, 'prove-directory-zh')
  await field('password').fill('not his')
  await page.keyboard.press('Enter')
  await ask.locator('[data-field=password] [data-test=field-error]').waitFor()
  await field('password').fill('Passw0rd!l')
  await page.keyboard.press('Enter')
  await ask.waitFor({ state: 'detached' })
  await page.locator('[data-test=once]').waitFor() // what was asked for went on by itself
  page.problems = page.problems.filter((x) => !x.includes('401'))
  await sound(page)
}

/** Who has no password here proves once more who he is where he signed in, in a tab of its own. */
async function provesByTheProvider() {
  oidc.subject = 'subject-of-otto'
  const who = await send(operator, 'POST', '/institutions/hyzq/records/person', { fields: { number: 'O1', name: '奥托', roles: ['reader'] } })
  const made = await send(operator, 'POST', '/institutions/hyzq/accounts', { name: 'otto', person: who.json.id })
  const linked = await send(operator, 'POST', `/accounts/${made.json.account.id}/identities`, { provider: id, subject: oidc.subject })
  assert.equal(linked.status, 204, JSON.stringify(linked.json))
  const page = await w.open('/account')
  await page.locator(`[data-way="${id}"]`).click()
  await page.locator('#go').click()
  await inside(page)
  const ask = await isAskedAgain(page)
  const leave = ask.locator(`[data-prove-at="${id}"]`)
  await leave.waitFor()
  assert.equal(await ask.locator('input').count(), 0, 'nothing is to be typed that the account has not')
  await accessible(page)
  await shot(page, 'prove-provider-zh')
  const [tab] = await Promise.all([page.context().waitForEvent('page'), leave.click()])
  await tab.locator('#go').click()
  await tab.locator('[data-test=proved]').waitFor()
  assert.equal(tab.url(), w.url + '/p/prove', 'nothing of it stays in the address')
  // The tab that waits goes on by itself, with what was filled in.
  await ask.waitFor({ state: 'detached' })
  await page.locator('[data-test=once]').waitFor()
  // Somebody else who signs in there proves nothing.
  oidc.subject = 'subject-of-nobody'
  await tab.goto(w.url + '/p/prove?provider=' + id)
  await tab.locator('#go').click()
  await tab.locator('[data-test=error]').waitFor()
  oidc.subject = 'subject-of-mona'
  page.problems = page.problems.filter((x) => !x.includes(oidc.issuer))
  await sound(page)
}

test('a half-filled form is kept when the session ends, for the same account alone', async () => {
  const page = await w.open('/records/person/new?roles=reader')
  await signIn(page, 'mona', OTHER)
  await at(page, 'number').fill('P-77')
  await at(page, 'name').fill('写了一半的人')
  const endAll = async () => {
    const other = await w.open('/account')
    await signIn(other, 'mona', OTHER)
    await inside(other)
    await other.evaluate(async () => {
      const me = await (await fetch('/api/v1/session')).json()
      await fetch('/api/v1/sessions/end-others', { method: 'POST', headers: { 'Yunjian-CSRF': me.csrf } })
    })
    await other.context().close()
  }
  await endAll()
  await page.locator('[data-test=save]').click()
  await page.locator('[data-test=ended]').waitFor()
  assert.match(await page.locator('[data-test=ended]').innerText(), /还在/)
  assert.equal(path(page), '/p/records/person/new?roles=reader', 'the address stays')
  assert.ok(!(await page.locator('body').innerText()).includes('P-77'), 'nothing of it can be read meanwhile')
  await accessible(page)
  await shot(page, 'sign-in-held-zh')
  await signIn(page, 'mona', OTHER)
  await inside(page)
  assert.equal(await at(page, 'number').inputValue(), 'P-77')
  assert.equal(await at(page, 'name').inputValue(), '写了一半的人')
  assert.match(await page.title(), /云鉴/)
  assert.doesNotMatch(await page.title(), /登录/)
  await page.locator('[data-test=save]').click()
  await page.waitForURL(/records\/person\/[0-9a-f-]{36}/)
  // In a dialog over another page, too; and somebody else gets none of it.
  await page.goto(w.url + '/p/account')
  await page.locator('[data-test=new-token]').click()
  await page.locator('[data-test=token-dialog] [data-field=name] input').fill('half a token')
  await endAll()
  await page.locator('[data-test=token-dialog] [data-test=token-go]').click()
  await page.locator('[data-test=ended]').waitFor()
  assert.equal(await page.locator('[data-test=token-dialog]').isVisible(), false)
  await signIn(page, 'nora', OTHER)
  await inside(page)
  assert.equal(await page.locator('[data-test=token-dialog]').count(), 0)
  assert.match(await page.locator('[data-test=person-menu]').innerText(), /诺拉/)
  // Where nothing is filled in, one is led to signing in as ever.
  await sound(page)
})

test('who has no membership in force is told so; who is asked for a code sees whose', async () => {
  const temp = await person('T1', '外包的人', ['reader'], 'temp')
  const page = await w.open('/')
  await signIn(page, 'temp', OTHER)
  await inside(page)
  const made = await send(operator, 'POST', '/institutions/hyzq/records/membership', { fields: { person: temp.person, standing: 'contractor', since: '2020-01-01', until: '2020-12-31' } })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  // What the server knows of who asks, it looks up again after a second.
  const known = async (n) => {
    while ((await page.evaluate(async () => (await (await fetch('/api/v1/session')).json()).lapsed.length)) !== n) await page.waitForTimeout(100)
  }
  await known(1)
  await page.reload()
  await page.locator('[data-test=lapsed]').waitFor()
  assert.match(await page.locator('[data-test=lapsed]').innerText(), /华源证券.*外包的人/s)
  await accessible(page)
  await shot(page, 'lapsed-zh')
  const longer = await send(operator, 'POST', '/institutions/hyzq/records/membership', { fields: { person: temp.person, standing: 'contractor', since: '2021-01-01' } })
  assert.equal(longer.status, 201)
  await known(0)
  await page.reload()
  await inside(page)
  await page.locator('[data-test=lapsed]').waitFor({ state: 'detached' })
  // Stage second, after the page was loaded anew (answered in place of the server).
  const second = await w.open('/sign-in')
  await second.route('**/api/v1/session', async (r) => r.fulfill({ json: { ...(await (await r.fetch()).json()), stage: 'second', name: 'temp' } }))
  await second.reload()
  await second.locator('[data-test=second-who]').waitFor()
  assert.match(await second.locator('[data-test=second-who]').innerText(), /temp/)
  await sound(page)
})

test('the pages in both languages and both widths', async () => {
  for (const [lang, size] of [['zh', DESKTOP], ['en', DESKTOP], ['zh', PHONE], ['en', PHONE]]) {
    // At the width of a phone English differs from Chinese in what fits only.
    const looks = (page, what) => (lang === 'zh' || size === DESKTOP ? accessible(page, what) : undefined)
    const name = (what) => `${what}-${lang}${size === PHONE ? '-phone' : ''}`
    const page = await w.open('/providers', { lang, size })
    await signIn(page, 'anna', PASSWORD)
    await page.locator('[data-provider]').first().waitFor()
    await settled(page)
    await looks(page, name('providers'))
    await shot(page, name('view-providers'))
    assert.ok((await wider(page)) <= 0)
    await page.locator('[data-test=change]').first().click()
    await page.locator('[data-test=more]').click()
    await looks(page, name('provider'))
    await shot(page, name('view-provider'))
    await page.keyboard.press('Escape')
    await page.goto(w.url + '/p/account')
    await page.locator(`[data-link="${id}"]`).waitFor()
    await settled(page)
    await looks(page, name('ways'))
    await shot(page, name('view-ways'), { full: true })
    assert.ok((await wider(page)) <= 0)
    await sound(page)
    await page.context().close()
  }
})
