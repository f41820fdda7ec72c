// SPDX-License-Identifier: Apache-2.0
// The inbox: what happens comes into it while one looks, is read and done; how one is told; the ways out with their test.
import { after, before, test } from 'node:test'
import { accessible, assert, DESKTOP, PHONE, settled, shot, sound, wider, world } from './world.mjs'

let w, inst, owner, admin
async function person(number, name, roles, more = {}) {
  const r = await w.send('POST', `/institutions/${inst}/records/person`, { fields: { number, name, roles, ...more } })
  assert.equal(r.status, 201, JSON.stringify(r.json))
  return r.json.id
}
const system = (n, fields = {}) =>
  w.send('POST', `/institutions/${inst}/records/system`, { fields: { code: `SYS-${n}`, name: `业务系统 ${n}`, owner, ...fields } })
async function told(who, n) {
  for (;;) {
    const r = await fetch(`${w.url}/api/v1/institutions/${inst}/inbox/counts`, { headers: { 'Yunjian-Person': who } })
    const counts = await r.json()
    if (counts.unread >= n) return counts
    await new Promise((done) => setTimeout(done, 50))
  }
}
before(async () => {
  w = await world('own')
  inst = (await w.get('/institutions')).items[0].id
  owner = await person('I1', '陈晓', ['business_owner'], { email: 'chen@hyzq.example' })
  admin = await person('I2', '林峰', ['administrator'], { email: 'lin@hyzq.example' })
})
after(() => w.stop())

test('what happens comes into the inbox while one looks; followed it is read; done it is gone', async () => {
  const page = await w.open('/inbox', { person: owner })
  await settled(page)
  await page.getByText('没有未处理的提醒').waitFor()
  await shot(page, 'inbox-empty-zh')
  for (let i = 0; i < 3; i++) assert.equal((await system(i)).status, 201)
  await page.locator('[data-notice=named]').nth(2).waitFor()
  assert.equal(await page.locator('[data-test=bell-count]').innerText(), '3')
  assert.match(await page.locator('[data-notice=named]').first().innerText(), /将您列为“.+”：业务系统 2/)
  await shot(page, 'inbox-zh')
  await accessible(page)
  await page.locator('[data-notice=named] a').first().click()
  await page.waitForURL(/records\/system\//)
  await page.locator('[data-test=bell-count]', { hasText: '2' }).waitFor()
  await page.goBack()
  await page.locator('[data-notice=named] [data-test=done]').first().click()
  await page.waitForFunction(() => document.querySelectorAll('[data-notice]').length === 2)
  await page.locator('[data-test=show]').getByText('已处理').click()
  await page.waitForFunction(() => document.querySelectorAll('[data-notice]').length === 1)
  await page.locator('[data-test=read-all]').click()
  await page.locator('[data-test=bell-count]').waitFor({ state: 'detached' })
  await sound(page)
})

test('how one is told is kept', async () => {
  const page = await w.open('/inbox?tab=settings', { person: owner, lang: 'en' })
  await settled(page)
  await page.locator('[data-test=no-relay]').waitFor()
  await page.locator('[data-test=pace]').getByText('One a week').click()
  await page.locator('[data-test=save-settings]').click()
  await page.locator('.el-message--success').waitFor()
  await shot(page, 'inbox-settings-en')
  await accessible(page)
  await page.reload()
  await page.locator('[data-test=pace] .is-active', { hasText: 'One a week' }).waitFor()
  assert.match(await page.locator('[data-test=calendar]').innerText(), /calendar\.ics$/)
  assert.equal(await page.locator('[data-tab=channels]').count(), 0) // not an administrator
  await sound(page)
})

test('an administrator sets up a relay and is told what a test brought; what is wrong stands at its field', async () => {
  const page = await w.open('/inbox?tab=channels', { person: admin })
  await settled(page)
  await page.getByText('还没有通道').waitFor()
  await page.locator('[data-test=add-channel]').click()
  await page.locator('[data-test=channel-name] input, input[data-test=channel-name]').first().fill('总部邮件')
  await page.locator('[data-test=channel-host] input, input[data-test=channel-host]').first().fill('127.0.0.1')
  await page.locator('[data-test=channel-port] input').fill('1')
  await page.locator('[data-test=channel-from] input, input[data-test=channel-from]').first().fill('nobody')
  await page.locator('[data-test=save-channel]').click()
  await page.locator('.el-form-item__error').waitFor()
  await shot(page, 'inbox-channel-zh')
  await accessible(page)
  await page.locator('[data-test=channel-from] input, input[data-test=channel-from]').first().fill('yunjian@hyzq.example')
  await page.locator('[data-test=save-channel]').click()
  await page.locator('[data-channel=mail]').waitFor()
  await page.locator('[data-test=test-channel]').click()
  await page.locator('[data-test=tested][data-outcome=later]').waitFor()
  assert.match(await page.locator('[data-test=tested]').innerText(), /没有发出去：.*127\.0\.0\.1/)
  await page.locator('[data-channel=mail]', { hasText: '连续失败' }).waitFor()
  await shot(page, 'inbox-channels-zh')
  await accessible(page)
  await page.locator('[data-test=remove-channel]').click()
  await page.locator('.el-message-box .el-button--primary').click()
  await page.getByText('还没有通道').waitFor()
  await sound(page)
})

test('who stands in for somebody sees for whom he is told', async () => {
  const day = (n) => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10)
  const fields = { from_person: owner, to_person: admin, from_date: day(-1), until_date: day(7), reason: '出差' }
  assert.equal((await w.send('POST', `/institutions/${inst}/records/delegation`, { fields })).status, 201)
  assert.equal((await system(5)).status, 201)
  const page = await w.open('/inbox', { person: admin })
  await settled(page)
  const row = page.locator('[data-notice=named]', { has: page.locator('[data-test=for]') })
  await row.first().waitFor()
  assert.match(await row.first().innerText(), /业务系统 5[^]*代 陈晓/)
  await shot(page, 'inbox-deputy-zh')
  await accessible(page)
  await sound(page)
})

test('the operator looks after the channels of all institutions: how they fare, and tries again', async () => {
  const page = await w.open('/inbox')
  await settled(page)
  await page.locator('[data-test=system] a').click()
  await page.locator('[data-tab=channels]').click()
  await page.getByText('还没有通道').waitFor()
  await page.locator('[data-test=add-channel]').click()
  await page.locator('[data-test=channel-name] input, input[data-test=channel-name]').first().fill('全系统邮件')
  await page.locator('[data-test=channel-host] input, input[data-test=channel-host]').first().fill('127.0.0.1')
  await page.locator('[data-test=channel-port] input').fill('1')
  await page.locator('[data-test=channel-from] input, input[data-test=channel-from]').first().fill('yunjian@sys.example')
  await page.locator('[data-test=save-channel]').click()
  await page.locator('[data-channel=mail]').waitFor()
  assert.ok(await page.locator('[data-test=waiting]').isDisabled())
  assert.equal(await page.locator('[data-test=waiting]').innerText(), '0 条等待发送')
  // Somebody of an institution without a channel of its own is mailed by it, and it is down.
  const put = await fetch(`${w.url}/api/v1/institutions/${inst}/inbox/preferences`, { method: 'PUT', headers: { 'Content-Type': 'application/json', 'Yunjian-Person': owner }, body: '{"pace":"once"}' })
  assert.equal(put.status, 200)
  assert.equal((await system(6)).status, 201)
  for (;;) {
    const c = (await w.get('/institutions/installation/channels')).items[0]
    if (c.waiting > 0 && c.paused) break
    await new Promise((done) => setTimeout(done, 50))
  }
  await page.reload()
  await settled(page)
  await page.locator('[data-channel=mail]', { hasText: '连续失败' }).waitFor()
  await page.locator('[data-test=waiting]:not([disabled])').click()
  await page.locator('[data-test=deliveries] li', { hasText: '127.0.0.1' }).first().waitFor()
  await shot(page, 'installation-channels-zh', { full: true })
  await accessible(page)
  const tried = page.waitForResponse((r) => r.url().endsWith('/again') && r.status() === 204)
  await page.locator('[data-test=retry-channel]').click()
  await tried
  await page.locator('[data-test=remove-channel]').click()
  await page.locator('.el-message-box .el-button--primary').click()
  await page.getByText('还没有通道').waitFor()
  await sound(page)
})

test('fits a desktop and a phone in both languages', async () => {
  await system(9)
  await told(owner, 1)
  const relay = { kind: 'mail', name: 'Relay', host: '127.0.0.1', port: 1, security: 'none', from: 'yunjian@hyzq.example' }
  for (const whose of [inst, 'installation']) assert.equal((await w.send('POST', `/institutions/${whose}/channels`, relay)).status, 201)
  for (const [lang, size] of [['zh', DESKTOP], ['en', DESKTOP], ['zh', PHONE], ['en', PHONE]])
    for (const tab of ['list', 'settings', 'channels', 'installation']) {
      const page = await w.open(tab === 'installation' ? '/installation?tab=channels' : tab === 'list' ? '/inbox' : '/inbox?tab=' + tab, { lang, size, person: tab === 'list' ? owner : admin })
      await settled(page)
      await page.locator(`[data-tab=${tab === 'installation' ? 'channels' : tab}][aria-current=page]`).waitFor()
      await shot(page, `inbox-${tab}-${lang}${size === PHONE ? '-phone' : ''}`, { full: true })
      assert.ok((await wider(page)) <= 0, `${tab} is wider than the screen in ${lang}`)
      await sound(page)
      await page.context().close()
    }
})
