// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { accessible, assert, join, PHONE, run, settled, shot, sound, world, writeFileSync } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

test('who changed what: newest first, field by field, scrolled to the beginning of the page after', async () => {
  const list = await w.get('/institutions/lxzq/records/system?limit=1')
  const s = list.items[0]
  const read = await fetch(`${w.url}/api/v1/institutions/lxzq/records/system/${s.id}`)
  const r = await w.send('PATCH', `/institutions/lxzq/records/system/${s.id}`, { fields: { name: '账簿里的新名字' } }, { 'If-Match': read.headers.get('etag') })
  assert.equal(r.status, 200)
  const page = await w.open('/ledger')
  await settled(page)
  const rows = page.locator('[data-test=entries] .one')
  await rows.first().waitFor()
  const changed = page.locator(`[data-seq="${r.json.seq}"]`)
  assert.match(await changed.innerText(), /修改[\s\S]*账簿里的新名字/)
  await changed.click()
  await page.waitForURL(/seq=/)
  assert.match(await page.locator('[data-test=changes]').innerText(), new RegExp(`${s.fields.name}[\\s\\S]*账簿里的新名字`))
  const top = Number(await rows.first().getAttribute('data-seq'))
  await page.locator('[data-test=entries]').evaluate((b) => b.scrollTo(0, 6000))
  await page.waitForFunction((n) => Number(document.querySelector('[data-test=entries] .one')?.dataset.seq) < n - 60, top)
  assert.ok((await rows.count()) < 60, 'only what is in view is drawn')
  await shot(page, 'ledger-zh')
  await accessible(page)
  await sound(page)
})

test('a deputy is shown with the person for whom he acted', async () => {
  const system = (await w.get('/institutions/lxzq/records/system?limit=1')).items[0]
  const people = (await w.get('/institutions/lxzq/records/person?limit=200&filter=state:eq:active')).items
  const may = async (id) => (await (await fetch(`${w.url}/api/v1/institutions/lxzq/may?kind=system&id=${system.id}`, { headers: { 'Yunjian-Person': id } })).json()).change.allowed
  let deputy
  for (const p of people) if (!(await may(p.id))) deputy ??= p
  const head = people.find((p) => (p.fields.roles ?? []).includes('head_of_it'))
  const day = (await w.get('/institutions/lxzq/due')).today
  const given = await w.send('POST', '/institutions/lxzq/records/delegation', {
    fields: { from_person: head.id, to_person: deputy.id, from_date: day, until_date: day, reason: '出差' },
  })
  assert.equal(given.status, 201)
  const read = await fetch(`${w.url}/api/v1/institutions/lxzq/records/system/${system.id}`)
  const done = await w.send('PATCH', `/institutions/lxzq/records/system/${system.id}`, { fields: { name: '代理人改的名字' } }, { 'If-Match': read.headers.get('etag'), 'Yunjian-Person': deputy.id })
  assert.equal(done.status, 200, JSON.stringify(done.json))
  const page = await w.open(`/ledger?seq=${done.json.seq}`)
  const words = `${deputy.name}（代${head.name}）`
  await page.locator(`[data-seq="${done.json.seq}"]`).getByText(words).waitFor()
  await page.locator(`[data-entry="${done.json.seq}"]`).getByText(words).waitFor()
  await page.goto(`${w.url}/p/records/system/${system.id}`)
  await page.locator(`[data-for="${head.id}"]`).first().waitFor()
  assert.equal(await page.locator(`[data-for="${head.id}"]`).first().innerText(), words)
  await sound(page)
})

test('filtered by operation and kind; nothing found is said', async () => {
  const page = await w.open('/ledger?op=move&kind=finding')
  await page.locator('[data-test=entries] .one').first().waitFor()
  for (const op of await page.locator('[data-test=entries] .one').evaluateAll((all) => all.map((e) => e.dataset.op))) assert.equal(op, 'move')
  await page.goto(w.url + '/p/ledger?from=2090-01-01')
  await page.getByText('账簿里没有符合条件的条目').waitFor()
  await sound(page)
})

test('an entry is checked in the browser, and offline with what is downloaded; a wrong proof fails', async () => {
  const page = await w.open('/ledger?seq=100')
  await page.locator('[data-test=check-proof]').click()
  await page.locator('.outcome[data-ok=true]').waitFor()
  assert.match(await page.locator('.outcome').innerText(), /这一条在账簿中[\s\S]*正文与叶子里的摘要一致/)
  await shot(page, 'ledger-proof-zh')
  await accessible(page)
  const down = async (what) => {
    const [d] = await Promise.all([page.waitForEvent('download'), page.locator(`[data-test=${what}]`).click()])
    const path = join(w.dir, d.suggestedFilename())
    writeFileSync(path, readFileSync(await d.path()))
    return path
  }
  const proof = await down('download-proof')
  const leaf = await down('download-leaf')
  const key = readFileSync(await down('key'), 'utf8').trim()
  assert.match(proof, /100\.proof$/)
  assert.equal(run('ledger', 'verify', proof, '--leaf', leaf, '--key', key).status, 0)
  assert.match(readFileSync(await down('checkpoint'), 'utf8'), /^yunjian\//)
  // Another entry's path is no proof of this one.
  const other = await (await fetch(w.url + '/api/v1/ledgers/lxzq/proof/101')).text()
  await page.route('**/proof/100', (route) => route.fulfill({ status: 200, contentType: 'text/plain', body: other.replace('index 101', 'index 100') }))
  await page.locator('[data-test=check-proof]').click()
  await page.locator('.outcome[data-ok=false]').waitFor()
  // A body that was altered on the way does not fit its leaf.
  await page.unroute('**/proof/100')
  await page.route('**/entries/100', async (route) => {
    const r = await route.fetch()
    await route.fulfill({ response: r, body: (await r.text()).replace('"source":"person"', '"source":"instrument"') })
  })
  await page.reload()
  await page.locator('[data-test=check-proof]').click()
  await page.getByText('正文与叶子里的摘要不一致').waitFor()
})

test('English, phone, an entry that does not exist', async () => {
  const page = await w.open('/ledger?seq=99999999', { lang: 'en' })
  await page.getByText('There is no such entry in the ledger.').waitFor()
  await page.goto(w.url + '/p/ledger?seq=6000')
  await page.locator('[data-test=proof]').waitFor()
  await shot(page, 'ledger-en')
  await accessible(page)
  const phone = await w.open('/ledger', { size: PHONE })
  await phone.locator('[data-test=entries] .one').first().waitFor()
  await shot(phone, 'ledger-phone-zh')
  await phone.locator('[data-test=entries] .one').nth(2).click()
  await phone.locator('[data-test=proof]').waitFor()
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await shot(phone, 'ledger-detail-phone-zh')
  await accessible(phone)
  await sound(phone)
})

test('the whole ledger is verified as long work; its result is found again', async () => {
  const page = await w.open('/ledger')
  await settled(page)
  await page.locator('[data-test=verify]').click()
  await page.locator('[data-test=verified]').waitFor()
  const size = (await w.get('/institutions/lxzq')).size
  const told = Number((await page.locator('[data-test=verified]').innerText()).replace(/[^0-9]/g, ''))
  assert.ok(told > 6000 && told <= size, `${told} of ${size}`)
  await page.locator('.side [data-nav=records]').click()
  await settled(page)
  await page.locator('.side [data-nav=ledger]').click()
  await page.locator('[data-test=verified]').waitFor()
  await shot(page, 'ledger-verified-zh')
  await accessible(page)
  await sound(page)
})

test('instruments: without a place it says how; a comparison and a scan are ordered, and results and evidence are found', async () => {
  const page = await w.open('/instruments')
  await page.locator('[data-test=no-places] code').waitFor()
  await accessible(page)
  await shot(page, 'instruments-none-zh')
  const srv = join(w.dir, 'srv')
  for (const [name, text] of [['a/one.txt', '1'], ['a/合同/two.txt', '22'], ['b/one.txt', '1'], ['b/合同/two.txt', '23'], ['b/three.txt', '3'], ['c/客户.csv', '姓名,手机\n张三,13812345678\n李四,13912345679\n'], ['c/合同/照片.png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0'], ['c/说明.txt', '没有什么\n']]) {
    mkdirSync(join(srv, name, '..'), { recursive: true })
    writeFileSync(join(srv, name), text)
  }
  await w.restart(['--open', '--place', `handover@lxzq=${srv}`])
  const again = await w.open('/instruments')
  await again.locator('[data-test=public-key]').waitFor()
  await again.locator('[data-side=expected] [data-test=path]').fill('/a/')
  await again.locator('[data-side=found] [data-test=path]').fill('b')
  await shot(again, 'instruments-order-zh')
  await accessible(again)
  await again.locator('[data-test=start]').click()
  await again.locator('[data-test=see-result]').first().click()
  const result = again.locator('[data-result]')
  await result.waitFor()
  const count = async (name) => Number(await result.locator(`[data-count=${name}] dd`).innerText())
  assert.deepEqual([await count('expected'), await count('matched'), await count('changed'), await count('extra')], [2, 1, 1, 1])
  assert.match(await result.innerText(), /合同\/two\.txt/)
  await shot(again, 'instruments-result-zh')
  await accessible(again)
  await sound(again)
  await again.locator('[data-test=to-evidence]').click()
  await again.getByText('比对文件 handover:b = handover:a').first().waitFor()
  await again.goBack()
  await again.locator('[data-work=scan]').click()
  await again.locator('[data-side=where] [data-test=path]').fill('./c/')
  assert.equal(await again.locator('[data-test=called] code').innerText(), 'handover:c')
  await shot(again, 'instruments-scan-order-zh')
  await accessible(again)
  await again.locator('[data-test=start]').click()
  const listed = again.locator('[data-test=runs] li:has(.job)')
  await listed.nth(1).waitFor()
  await listed.first().locator('[data-test=see-result]').click()
  const scanned = again.locator('[data-result]:has([data-test=classes])')
  await scanned.waitFor()
  assert.equal(await scanned.locator('[data-class=mobile] dd').innerText(), '2')
  assert.match(await scanned.locator('[data-test=found]').innerText(), /handover:c\/客户\.csv/)
  assert.match(await scanned.locator('[data-test=closed]').innerText(), /照片\.png/)
  assert.doesNotMatch(await scanned.innerText(), /13812345678/)
  await shot(again, 'instruments-scan-result-zh', { full: true })
  await accessible(again)
  await sound(again)
  await scanned.locator('[data-test=to-inventory]').click()
  await again.getByText('扫描清单 handover:c').first().waitFor()
  const phone = await w.open('/instruments', { size: PHONE, lang: 'en' })
  await phone.locator('[data-work=scan]').click()
  await shot(phone, 'instruments-scan-phone-en', { full: true })
  await accessible(phone)
  await phone.locator('[data-work=compare]').click()
  await phone.locator('[data-side=found] [data-test=path]').fill('absent')
  await phone.locator('[data-test=start]').click()
  await phone.locator('[data-state=failed]').waitFor()
  await phone.locator('[data-test=see-result]').first().click() // of the scan
  await phone.locator('[data-result]').waitFor()
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await shot(phone, 'instruments-phone-en', { full: true })
  await accessible(phone)
  await sound(phone)
})

const PASSWORD = 'nine boats at the old ferry'
/** Who signs in without the page: cookies are kept, and what proves that a change is meant. */
function caller() {
  const jar = new Map()
  let csrf = ''
  const ask = async (method, path, body) => {
    const headers = { Cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; '), ...(csrf ? { 'Yunjian-CSRF': csrf } : {}), ...(body ? { 'Content-Type': 'application/json' } : {}) }
    const r = await fetch(w.url + '/api/v1' + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
    for (const c of r.headers.getSetCookie()) {
      const [, k, v] = /^([^=]+)=([^;]*)/.exec(c)
      jar.set(k, v)
    }
    const json = await r.json().catch(() => null)
    if (json?.csrf) csrf = json.csrf
    assert.ok(r.ok, `${path}: ${r.status} ${JSON.stringify(json)}`)
    return json
  }
  ask.cookies = () => [...jar].map(([name, value]) => ({ name, value, url: w.url, httpOnly: true }))
  return ask
}

test('instruments: a medium is wiped when another person has confirmed it, and certified', async () => {
  const file = join(w.dir, 'bay1.img')
  writeFileSync(file, 'S'.repeat(200000))
  const serial = JSON.parse(run('wipe', 'plan', file, '--grade', '1', 'destination=reuse', '--json').stdout).serial
  const exit = (await w.get('/institutions/lxzq/records/exit')).items.find((e) => e.state === 'erasing')
  const made = await w.send('POST', '/institutions/lxzq/records/medium', { fields: { exit: exit.id, serial, type: 'other', level: 2 } })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  const people = []
  for (const name of ['高远', '许宁']) {
    const p = await w.send('POST', '/institutions/lxzq/records/person', { fields: { number: 'W-' + name, name, roles: ['it'] } })
    assert.equal(p.status, 201, JSON.stringify(p.json))
    people.push(p.json.id)
  }
  await w.restart(['--medium', `bay1@lxzq=${file}`])
  const root = caller()
  await root('POST', '/set-up', { secret: /set-up#(\S+)/.exec(w.server.said())[1], name: 'root', password: PASSWORD })
  const [anna, ben] = [caller(), caller()]
  for (const [i, ask] of [anna, ben].entries()) {
    const account = await root('POST', '/institutions/lxzq/accounts', { name: 'w' + i, person: people[i] })
    await ask('POST', '/set-up', { secret: account.set_up.secret, password: PASSWORD })
  }
  const open = async (ask, opts) => {
    const page = await w.open('/instruments', opts)
    await page.context().addCookies(ask.cookies())
    await page.goto(w.url + '/p/instruments')
    await page.locator('[data-test=runs]').waitFor()
    return page
  }
  const page = await open(anna)
  await page.locator('[data-test=serial]').fill(serial)
  await page.locator('[data-side=record] .el-select').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: serial }).click()
  await shot(page, 'wipe-order-zh', { full: true })
  await accessible(page)
  await page.locator('[data-test=start]').click()
  await page.locator('[data-test=own-order]').waitFor()
  await shot(page, 'wipe-waits-zh', { full: true })
  await accessible(page)
  const phone = await open(ben, { size: PHONE, lang: 'en' })
  await phone.locator('[data-test=wipe-plan]').waitFor()
  await shot(phone, 'wipe-witness-phone-en', { full: true })
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await accessible(phone)
  await phone.locator('[data-test=seen]').click()
  await phone.locator('[data-test=witness]').click()
  await phone.locator('[data-state=done]').first().waitFor()
  assert.ok(!readFileSync(file).includes('SSSSSSSS'))
  await page.locator('[data-state=done] [data-test=see-result]').first().click()
  await page.locator('[data-result] .good').waitFor()
  assert.match(await page.locator('[data-result]').innerText(), /高远[^]*许宁/)
  await shot(page, 'wipe-result-zh', { full: true })
  await accessible(page)
  await phone.locator('[data-state=done] [data-test=see-result]').first().click()
  await phone.locator('[data-result] .good').waitFor()
  await shot(phone, 'wipe-result-phone-en', { full: true })
  await sound(page)
  await sound(phone)
})
