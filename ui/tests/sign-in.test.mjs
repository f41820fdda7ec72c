// SPDX-License-Identifier: Apache-2.0
// Signing in, with everything real: the first administrator from the link that the server prints, a second factor whose
// codes are worked out here, accounts, tokens, sessions. One after the other: each goes on from the one before.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { build } from 'esbuild'
import { accessible, assert, DESKTOP, join, PHONE, root, settled, shot, sound, wider, world, writeFileSync } from './world.mjs'

const EVIL = '<img src=x onerror=alert(1)>'
const PASSWORD = 'seven lamps beside the river'
const READER_PASSWORD = 'a quiet harbour before dawn'
let w
let totp // base32
let recovery = [] // codes of the administrator that are good
let token

before(async () => (w = await world('own', { signIn: true })))
after(() => w.stop())

/** The code of an authenticator (RFC 6238), `ahead` steps from now. */
function code(secret, ahead = 0) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead))
  const mac = createHmac('sha1', key).update(step).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}

const at = (page, name) => page.locator(`[data-field=${name}] input`)
const title = (page) => page.locator('[data-test=title]').innerText()
const path = (page) => page.url().slice(w.url.length)

async function password(page, name, given) {
  await page.locator('[data-test=sign-in]').waitFor()
  await at(page, 'name').fill(name)
  await at(page, 'password').fill(given)
  await page.keyboard.press('Enter')
}
async function inside(page) {
  await page.locator('[data-test=person-menu]').waitFor()
  await settled(page)
}
/** The administrator signs in, with one of the recovery codes. */
async function administrator(page, given = PASSWORD) {
  await password(page, 'anna', given)
  await page.locator('[data-test=second]').waitFor()
  await page.locator('[data-test=use-recovery]').click()
  await at(page, 'code').fill(recovery.pop())
  await page.keyboard.press('Enter')
  await inside(page)
}
async function menu(page, item) {
  await page.locator('[data-test=person-menu]').click()
  await page.locator(`[data-test=person-panel] [data-test=${item}]`).click()
}
async function confirm(page) {
  await page.locator('.el-message-box .el-button--primary').click()
  await page.locator('.el-message-box').waitFor({ state: 'hidden' })
}
async function pick(page, within, words) {
  await within.locator('.el-select').click()
  await within.locator('.el-select input').pressSequentially(words)
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: words }).first().click()
}
/** The API with a token; without one as nobody. */
async function ask(method, to, body, bearer = token) {
  const r = await fetch(w.url + '/api/v1' + to, {
    method,
    headers: { 'Content-Type': 'application/json', ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: r.status, json: await r.json().catch(() => null) }
}

test('where to go after signing in is a place of this page', async () => {
  const out = await build({ entryPoints: [join(root, 'ui/src/lib/local-path.ts')], bundle: true, write: false, format: 'esm' })
  const { localPath } = await import('data:text/javascript;base64,' + Buffer.from(out.outputFiles[0].text).toString('base64'))
  for (const fine of ['/', '/planning/plans?x=1#y', '/records/system/a%2Fb', '/sign-in-rules']) assert.equal(localPath(fine), fine)
  for (const bad of ['//evil.example', '/\\evil.example', '\\\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', 'x', '/\t/evil.example', '/a\\b', '/\n', '/sign-in', '/sign-in?to=/', '/set-up#x', undefined, ['/a'], '/' + 'a'.repeat(3000)])
    assert.equal(localPath(bad), '/', String(bad))
})

test('the first administrator: from the printed link to the overview, with a second factor', async () => {
  const link = /(http:\/\/\S+\/p\/set-up#\S+)/.exec(w.server.said())?.[1]
  assert.ok(link, w.server.said())
  const page = await w.open('/planning/plans')
  await page.locator('[data-test=set-up-needed]').waitFor()
  await accessible(page)
  await shot(page, 'sign-in-first-zh')
  await page.goto(link)
  await page.locator('[data-test=set-up]').waitFor()
  assert.equal(path(page), '/p/set-up', 'the secret is not in the address')
  assert.ok(!(await page.evaluate(() => JSON.stringify(history.state))).includes(link.split('#')[1]))
  await accessible(page)
  await shot(page, 'set-up-zh')
  await at(page, 'name').fill('anna')
  await at(page, 'password').fill('short')
  await page.keyboard.press('Enter')
  assert.match(await page.locator('[data-field=password] [data-test=field-error]').innerText(), /12/)
  await at(page, 'password').fill('anna-anna-anna') // long enough; what else is wrong with it the server says
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => !/12/.test(document.querySelector('[data-field=password] [data-test=field-error]')?.textContent ?? '12'))
  assert.match(await page.locator('[data-field=password] [data-test=field-error]').innerText(), /\p{Script=Han}/u)
  await shot(page, 'set-up-wrong-zh')
  await at(page, 'password').fill(PASSWORD)
  await page.locator('[data-test=show-password]').click()
  assert.equal(await at(page, 'password').getAttribute('type'), 'text')
  await page.keyboard.press('Tab')
  await page.locator('[data-test=set-up-go]').click()
  await page.locator('[data-test=enrol-now]').click()
  await page.locator('[data-test=qr] path').waitFor({ state: 'attached' })
  await accessible(page)
  await shot(page, 'enrol-zh')
  totp = (await page.locator('[data-test=totp-secret]').innerText()).replace(/\s/g, '')
  await at(page, 'code').fill('12345')
  await page.keyboard.press('Enter')
  await page.locator('[data-field=code] [data-test=field-error]').waitFor()
  await at(page, 'code').fill(code(totp).replace(/(...)/, '$1 '))
  await page.keyboard.press('Enter')
  await page.locator('[data-test=recovery]').waitFor()
  recovery = await page.locator('[data-test=recovery] li').allInnerTexts()
  assert.equal(new Set(recovery).size, 10)
  await accessible(page)
  await shot(page, 'recovery-zh')
  await page.locator('[data-test=recovery-kept]').click()
  await page.locator('[data-test=recovery-done]').click()
  await inside(page)
  assert.equal(path(page), '/p/')
  assert.equal(await page.locator('[data-test=open-mode]').count(), 0)
  // The link was good for once, and so says the page; without its secret it cannot even ask.
  await page.goto(link)
  await page.locator('[data-test=link-dead]').waitFor()
  await accessible(page)
  await shot(page, 'link-dead-zh')
  await page.reload()
  await page.locator('[data-test=link-none]').waitFor()
  await sound(page)
})

test('signed out and in again, with a code; what is wrong is said in both languages', async () => {
  const page = await w.open('/records?x=1#y')
  await page.locator('[data-test=sign-in]').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('to'), '/records?x=1#y')
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('autocomplete')), 'username')
  await password(page, 'anna', 'not this one')
  const said = page.locator('[data-field=password] [data-test=field-error]')
  assert.match(await said.innerText(), /\p{Script=Han}/u)
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('autocomplete')), 'current-password')
  await page.locator('[data-test=language]').click()
  assert.match(await said.innerText(), /^[\x20-\x7e]+$/)
  assert.equal(await at(page, 'password').getAttribute('aria-invalid'), 'true')
  await accessible(page)
  await shot(page, 'sign-in-wrong-en')
  // Too many tries (answered in place of the server): how long to wait, and no further try until then.
  await page.route('**/api/v1/sign-in', (r) => r.fulfill({ status: 429, headers: { 'Retry-After': '45' }, json: { error: { code: 'too_many', message: 'x', messages: { zh: '多', en: 'many' }, request_id: '1' } } }), { times: 1 })
  await page.locator('[data-test=sign-in-go]').click()
  assert.match(await page.locator('[data-test=wait]').innerText(), /4[0-5] seconds/)
  assert.ok(await page.locator('[data-test=sign-in-go]').isDisabled())
  await accessible(page)
  await page.locator('[data-test=language]').click()
  await at(page, 'name').fill('')
  await password(page, 'anna', PASSWORD)
  await page.locator('[data-test=second]').waitFor()
  assert.equal(await at(page, 'code').getAttribute('autocomplete'), 'one-time-code')
  await at(page, 'code').fill('000000')
  await page.keyboard.press('Enter')
  assert.match(await page.locator('[data-field=code] [data-test=field-error]').innerText(), /\p{Script=Han}/u)
  await accessible(page)
  await shot(page, 'second-wrong-zh')
  await page.locator('[data-test=start-again]').click()
  await page.locator('[data-test=sign-in]').waitFor()
  await password(page, 'anna', PASSWORD)
  await page.locator('[data-test=second]').waitFor()
  await at(page, 'code').fill(code(totp, 1)) // that of now was used up when the factor was taken
  await page.keyboard.press('Enter')
  await inside(page)
  assert.equal(path(page), '/p/records?x=1#y', 'back where one was going')
  // Nothing that was signed out stays in the window.
  await page.evaluate(() => (window.__before = true))
  await menu(page, 'sign-out')
  await page.locator('[data-test=sign-in]').waitFor()
  assert.equal(await page.evaluate(() => window.__before), undefined)
  await page.goBack()
  await page.waitForURL(/sign-in\?to=/)
  await page.locator('[data-test=sign-in]').waitFor()
  await page.goto(w.url + '/p/sign-in?to=//evil.example/x')
  await administrator(page)
  assert.equal(path(page), '/p/')
  await sound(page)
})

test('a token is made, used by a program, and revoked; before what is delicate one proves who one is', async () => {
  const page = await w.open('/account')
  await administrator(page)
  await page.locator('[data-test=tokens-card] [data-test=empty]').waitFor()
  await page.locator('[data-test=new-token]').click()
  const dialog = page.locator('[data-test=token-dialog]')
  await dialog.locator('[data-test=token-go]').click()
  await dialog.locator('[data-field=name] .el-form-item__error').waitFor()
  await dialog.locator('[data-field=name] input').fill(EVIL)
  await dialog.locator('[data-field=write] .el-radio').nth(1).click()
  await accessible(page)
  await shot(page, 'token-new-zh')
  // As if a quarter of an hour had passed.
  await page.route('**/api/v1/tokens', (r) => (r.request().method() === 'POST' ? r.fulfill({ status: 403, json: { error: { code: 'prove_again', message: 'x', messages: { zh: 'x', en: 'x' }, request_id: '1' } } }) : r.fallback()), { times: 1 })
  await dialog.locator('[data-test=token-go]').click()
  const prove = page.locator('[data-test=prove]')
  await prove.locator('button.link').click() // by the password
  await prove.locator('[data-field=password] input').fill('not this one')
  await page.keyboard.press('Enter')
  await prove.locator('[data-test=field-error]').waitFor()
  await accessible(page)
  await shot(page, 'prove-zh')
  await prove.locator('[data-field=password] input').fill(PASSWORD)
  await page.keyboard.press('Enter')
  token = await page.locator('[data-test=token-made] [data-test=once]').innerText()
  assert.match(token, /^yj_/)
  await accessible(page)
  await page.locator('[data-test=token-done]').click()
  const row = page.locator('[data-token][data-state=live]')
  assert.ok((await row.innerText()).includes(EVIL))
  assert.equal(await page.locator('[data-test=tokens-card] img').count(), 0)
  assert.equal((await ask('GET', '/institutions', null, '')).status, 401)
  assert.equal((await ask('GET', '/institutions')).json.items.length, 1)
  for (const [number, name, roles] of [['R1', '只读的人', ['reader']], ['A1', '管理的人', ['administrator']]])
    assert.equal((await ask('POST', '/institutions/hyzq/records/person', { fields: { number, name, roles } })).status, 201)
  await page.locator('[data-test=new-token]').click()
  await dialog.locator('[data-field=name] input').fill('monitoring')
  await dialog.locator('[data-test=token-go]').click()
  const reading = await page.locator('[data-test=token-made] [data-test=once]').innerText()
  await page.locator('[data-test=token-done]').click()
  assert.equal((await ask('GET', '/institutions/hyzq/records/person', null, reading)).status, 200)
  assert.equal((await ask('POST', '/institutions/hyzq/records/person', { fields: { number: 'X', name: 'X' } }, reading)).status, 403)
  await page.locator('[data-token]', { hasText: 'monitoring' }).locator('[data-test=revoke]').click()
  await confirm(page)
  await page.locator('[data-token][data-state=revoked]').waitFor()
  assert.equal((await ask('GET', '/institutions', null, reading)).status, 401)
  // A calendar program: a name and a password that opens the calendar alone.
  await page.goto(w.url + '/p/inbox?tab=settings')
  await settled(page)
  await page.locator('[data-test=calendar-token]').click()
  const secret = await page.locator('[data-test=calendar-access] [data-test=once]').innerText()
  const address = await page.locator('[data-test=calendar]').innerText()
  assert.ok(!address.includes('yj_') && !page.url().includes('yj_'), 'no token in an address')
  await accessible(page)
  await shot(page, 'calendar-zh', { full: true })
  const calendar = (to) => fetch(to, { headers: { Authorization: 'Basic ' + Buffer.from(`anna:${secret}`).toString('base64') } })
  const got = await calendar(address)
  assert.equal(got.status, 200)
  assert.match(await got.text(), /^BEGIN:VCALENDAR/)
  assert.equal((await calendar(w.url + '/api/v1/institutions')).status, 401)
  const bare = await fetch(address)
  assert.equal(bare.status, 401)
  assert.match(bare.headers.get('www-authenticate'), /^Basic /)
  await page.locator('[data-test=calendar-access] a').click()
  const own = page.locator('[data-token]', { hasText: '只能读取到期日历' })
  await own.locator('[data-test=revoke]').click()
  await confirm(page)
  await page.locator('[data-token][data-state=revoked]', { hasText: '只能读取到期日历' }).waitFor()
  assert.equal((await calendar(address)).status, 401)
  await accessible(page)
  await shot(page, 'account-zh', { full: true })
  await sound(page)
})

test('an account is made for a person who may do less; it is locked, and that is the end', async () => {
  const page = await w.open('/')
  await administrator(page)
  await menu(page, 'accounts')
  await page.locator('[data-test=empty]').waitFor()
  await accessible(page)
  await page.locator('[data-test=new-account]').click()
  const dialog = page.locator('[data-test=account-dialog]')
  await dialog.locator('[data-test=account-go]').click()
  await dialog.locator('[data-field=person] .el-form-item__error').waitFor()
  await pick(page, dialog.locator('[data-field=person]'), '只读的人')
  await dialog.locator('[data-field=name] input').fill(EVIL)
  await dialog.locator('[data-test=account-go]').click()
  await dialog.locator('[data-field=name] .el-form-item__error').waitFor() // such a name is none
  assert.equal(await page.locator('.el-dialog img').count(), 0)
  await accessible(page)
  await dialog.locator('[data-field=name] input').fill('reader')
  await dialog.locator('[data-test=account-go]').click()
  const link = await page.locator('[data-test=set-up-link] [data-test=once]').innerText()
  assert.ok(link.startsWith(w.url + '/p/set-up#'), link)
  await accessible(page)
  await shot(page, 'account-made-zh')
  await page.locator('[data-test=account-done]').click()
  await page.locator('[data-account=reader] [data-state=waiting]').waitFor()
  // The operator's own account stands for a person, too: he then acts as either.
  await pick(page, page.locator('[data-test=own-apart]'), '管理的人')
  await page.locator('[data-test=link-own]').click()
  await page.locator('[data-account=anna]').waitFor()
  await page.locator('[data-test=person-menu]').click()
  assert.equal(await page.locator('[data-test=person-panel] input:checked').count(), 1)
  assert.match(await page.locator('[data-test=person-menu]').innerText(), /管理的人/)
  await page.locator('[data-test=person-panel] label').last().click()
  await page.locator('[data-test=person-menu]', { hasText: '系统操作员' }).waitFor()
  await page.locator('[data-account=reader]').waitFor()
  await page.keyboard.press('Escape')

  const other = await w.open('/')
  await other.goto(link)
  await other.locator('[data-test=set-up]').waitFor()
  assert.match(await other.locator('[data-test=set-up]').innerText(), /reader/)
  await at(other, 'password').fill(READER_PASSWORD)
  await other.keyboard.press('Enter')
  await other.locator('[data-test=enrol-later]').click()
  await inside(other)
  await other.locator('[data-test=enrol-notice]').waitFor()
  await other.goto(w.url + '/p/records/provider')
  await other.waitForFunction(() => document.querySelector('[data-test=new]')?.getAttribute('aria-disabled') === 'true')
  await other.goto(w.url + '/p/accounts')
  await other.locator('[data-test=empty]').waitFor()
  await other.locator('[data-test=person-menu]').click()
  assert.match(await other.locator('[data-test=person-panel]').innerText(), /只读的人/)
  assert.equal(await other.locator('[data-test=accounts]').count(), 0)
  await accessible(other)
  await other.keyboard.press('Escape')

  await page.locator('[data-account=reader] [data-test=manage]').click()
  await page.locator('[data-test=account-manage]').waitFor()
  await accessible(page)
  await shot(page, 'account-manage-zh')
  await page.locator('[data-test=lock]').click()
  await confirm(page)
  await page.locator('[data-account=reader] [data-state=locked]').waitFor()
  await other.locator('.side [data-nav=standard]').click()
  await other.locator('[data-test=ended]').waitFor()
  assert.equal(new URL(other.url()).searchParams.get('to'), '/standard')
  await password(other, 'reader', READER_PASSWORD)
  await other.locator('[data-test=error]').waitFor() // locked: told only to who knows the password
  await accessible(other)
  await page.locator('[data-test=lock]').click()
  await page.locator('[data-account=reader] [data-state=active]').waitFor()
  await password(other, 'reader', READER_PASSWORD)
  await inside(other)
  assert.equal(path(other), '/p/standard', 'back where the session ended')
  // Its person is taken away: nothing to work on, and who can change that.
  await page.locator('[data-test=unlink]').click()
  await confirm(page)
  await page.locator('[data-account=reader]').waitFor({ state: 'detached' })
  await other.goto(w.url + '/p/')
  await other.locator('[data-test=nobody]').waitFor()
  await accessible(other)
  await shot(other, 'nobody-zh')
  await sound(page)
  await sound(other)
})

test('a session that is ended elsewhere leads to signing in, and back to the same place', async () => {
  const one = await w.open('/account')
  const two = await w.open('/records/person?sort=name')
  await administrator(one)
  await administrator(two)
  assert.equal(path(two), '/p/records/person?sort=name')
  await one.reload()
  await one.locator('[data-session=other]').first().waitFor()
  assert.equal(await one.locator('[data-session=current]').count(), 1)
  await one.locator('[data-test=end-others]').click()
  await one.locator('[data-session=other]').first().waitFor({ state: 'detached' })
  await two.reload()
  await two.locator('[data-test=sign-in]').waitFor()
  assert.equal(new URL(two.url()).searchParams.get('to'), '/records/person?sort=name')
  await administrator(two)
  assert.equal(path(two), '/p/records/person?sort=name')
  // Another password ends it where the page is open: the next thing that is looked at says so.
  await one.locator('[data-test=password-change]').click()
  await at(one, 'old').fill('not this one')
  await at(one, 'new').fill(PASSWORD + ' again')
  await one.keyboard.press('Enter')
  await one.locator('[data-field=old] [data-test=field-error]').waitFor()
  await accessible(one)
  await at(one, 'old').fill(PASSWORD)
  await one.keyboard.press('Enter')
  await one.locator('[data-test=password-change]').waitFor() // the form has closed
  await two.locator('.side [data-nav=ledger]').click()
  await two.locator('[data-test=ended]').waitFor()
  await sound(one)
  await sound(two)
})

test('what another window changed is no obstacle: requests are repeated with the newest value', async () => {
  const page = await w.open('/evidence')
  await password(page, 'anna', PASSWORD + ' again')
  await page.locator('[data-test=use-recovery]').click()
  await at(page, 'code').fill(recovery.pop())
  await page.keyboard.press('Enter')
  await inside(page)
  await page.locator('[data-test=person-menu]').click()
  await page.locator('[data-test=person-panel] label').last().click() // the operator, who may
  await page.keyboard.press('Escape')
  // Proved behind the page's back: what it has to send along is another one now.
  const prove = () =>
    page.evaluate(async (given) => {
      const { csrf } = await (await fetch('/api/v1/session')).json()
      return (await fetch('/api/v1/session/prove', { method: 'POST', headers: { 'Content-Type': 'application/json', 'Yunjian-CSRF': csrf }, body: JSON.stringify({ password: given }) })).status
    }, PASSWORD + ' again')
  assert.equal(await prove(), 200)
  writeFileSync(join(w.dir, 'plan.txt'), 'in pieces')
  await page.locator('[data-test=bring]:not([aria-disabled=true])').click()
  await page.locator('[data-test=file]').setInputFiles(join(w.dir, 'plan.txt'))
  await page.locator('[data-test=queue] .form').first().waitFor()
  assert.equal(await prove(), 200)
  await page.locator('[data-test=person-menu]').click()
  await page.locator('[data-test=my-account]').click()
  await page.locator('[data-test=end-others]').click()
  await page.locator('.el-message--success').waitFor()
  await sound(page)
})

test('each view in both languages and both widths', async () => {
  for (const [lang, size] of [['zh', DESKTOP], ['en', DESKTOP], ['zh', PHONE], ['en', PHONE]]) {
    const name = (what) => `${what}-${lang}${size === PHONE ? '-phone' : ''}`
    const page = await w.open('/account', { lang, size })
    await page.locator('[data-test=sign-in]').waitFor()
    await accessible(page, name('sign-in'))
    await shot(page, name('view-sign-in'))
    await password(page, 'reader', READER_PASSWORD)
    await page.locator('[data-test=sessions-card] li').first().waitFor()
    await settled(page)
    await accessible(page, name('account'))
    await shot(page, name('view-account'), { full: true })
    assert.ok((await wider(page)) <= 0)
    await page.locator('[data-test=person-menu]').click()
    await page.locator('[data-test=person-panel]').waitFor()
    const panel = await page.locator('[data-test=person-panel]').boundingBox()
    assert.ok(panel.x >= 0 && panel.x + panel.width <= size.width, 'the menu is on the screen')
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('[data-test=person-panel]').count(), 0)
    await page.goto(w.url + '/p/set-up')
    await page.locator('[data-test=link-none]').waitFor()
    assert.ok((await wider(page)) <= 0)
    await shot(page, name('view-link'))
    assert.ok((await title(page)).length > 1)
    await sound(page)
    await page.context().close()
  }
})

/** A provider of OpenID Connect that knows one person and lets him in at once. The C tests ask a real one (glewlwyd). */
async function provider(subject) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const part = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url')
  const begun = new Map()
  const server = createServer((q, a) => {
    const url = new URL(q.url, issuer)
    const json = (v) => a.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(v))
    if (url.pathname === '/.well-known/openid-configuration')
      return json({
        issuer, authorization_endpoint: issuer + '/authorize', token_endpoint: issuer + '/token', jwks_uri: issuer + '/keys',
        response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
      })
    if (url.pathname === '/keys') return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] })
    if (url.pathname === '/authorize') {
      const code = 'code' + begun.size
      begun.set(code, url.searchParams)
      const back = new URL(url.searchParams.get('redirect_uri'))
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state'))
      return a.writeHead(302, { Location: back.href }).end()
    }
    let body = ''
    q.on('data', (b) => (body += b))
    q.on('end', () => {
      const asked = begun.get(new URLSearchParams(body).get('code'))
      const now = Math.floor(Date.now() / 1000)
      const said = part({ alg: 'RS256', kid: 'one' }) + '.' + part({ iss: issuer, sub: subject, aud: 'yunjian', nonce: asked.get('nonce'), iat: now, exp: now + 60 })
      json({ access_token: 'x', token_type: 'Bearer', id_token: said + '.' + sign('RSA-SHA256', Buffer.from(said), privateKey).toString('base64url') })
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://127.0.0.1:${server.address().port}`
  return { issuer, stop: () => server.close() }
}

test('another way in: by a provider, once an account is linked with what it says', async () => {
  const other = await provider('subject-of-anna')
  try {
    const page = await w.open('/')
    await administrator(page, PASSWORD + ' again')
    /** What the operator's page may do. */
    const send = (method, to, body) =>
      page.evaluate(
        async ([method, to, body]) => {
          const me = await (await fetch('/api/v1/session')).json()
          const headers = { 'Content-Type': 'application/json', 'Yunjian-CSRF': me.csrf }
          const r = await fetch('/api/v1' + to.replace('{me}', me.account.id), { method, headers, body: JSON.stringify(body) })
          return { status: r.status, json: await r.json().catch(() => null) }
        },
        [method, to, body],
      )
    const made = await send('POST', '/providers', { kind: 'oidc', label: '统一认证 ' + EVIL, secret: 'of the client', settings: { issuer: other.issuer, client_id: 'yunjian' } })
    assert.equal(made.status, 201, JSON.stringify(made.json))

    const visitor = await w.open('/planning/plans')
    await visitor.locator('[data-test=other-ways]').waitFor()
    await accessible(visitor)
    await shot(visitor, 'sign-in-other-zh')
    await visitor.locator(`[data-way="${made.json.id}"]`).click()
    await visitor.locator('[data-test=failed]').waitFor() // nobody's account yet
    assert.match(await visitor.locator('[data-test=failed]').innerText(), /关联/)
    await shot(visitor, 'sign-in-unlinked-zh')

    assert.equal((await send('POST', '/accounts/{me}/identities', { provider: made.json.id, subject: 'subject-of-anna' })).status, 204)
    await visitor.goto(w.url + '/p/planning/plans')
    await visitor.locator(`[data-way="${made.json.id}"]`).click()
    // The account's own second factor is asked for all the same.
    await visitor.locator('[data-test=second]').waitFor()
    await visitor.locator('[data-test=use-recovery]').click()
    await at(visitor, 'code').fill(recovery.pop())
    await visitor.keyboard.press('Enter')
    await inside(visitor)
    assert.equal((await send('DELETE', '/providers/' + made.json.id)).status, 204)
  } finally {
    other.stop()
  }
})
