// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { accessible, assert, join, PHONE, serve, settled, shot, sound, world } from './world.mjs'

let w
before(async () => (w = await world('example', { whole: true })))
after(() => w.stop())

const sha256 = (b) => createHash('sha256').update(b).digest('hex')
const PDF = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
    '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj\n' +
    '4 0 obj<</Length 44>>stream\nBT /F1 24 Tf 40 100 Td (Assessment 2026) Tj ET\nendstream endobj\n' +
    '5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
)
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

const file = (name, content) => {
  const path = join(w.dir, name)
  writeFileSync(path, content)
  return path
}
async function choose(page, ...paths) {
  await page.locator('[data-test=file]').setInputFiles(paths)
}
async function fill(page, source = '第三方出具') {
  const form = page.locator('[data-test=queue] .form')
  await form.locator('[data-field=source] .el-select').click()
  await page.locator('.el-select-dropdown:visible').getByText(source).click()
  return form
}
/** A record of evidence with a file, made through the API. */
async function evidence(title, content, more = {}) {
  const up = await fetch(w.url + '/api/v1/evidence', { method: 'POST', body: content })
  assert.equal(up.status, 201)
  const { digest } = await up.json()
  const made = await w.send('POST', '/institutions/lxzq/records/evidence', { fields: { title, digest, size: content.length, source: 'person', ...more } })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  return made.json
}

test('files are brought, entered, and shown with the period and what checks them', async () => {
  const page = await w.open('/evidence?upload=1')
  await settled(page)
  await choose(page, file('2026 年等级测评报告.pdf', PDF), file('机房巡检照片.png', PNG))
  const form = await fill(page)
  assert.equal(await form.locator('[data-field=title] input').inputValue(), '2026 年等级测评报告')
  await form.locator('[data-field=issuer] input').fill('某测评机构')
  await form.locator('[data-field=period_from] input').fill('2026-01-01')
  await form.locator('[data-field=period_from] input').press('Tab')
  await form.locator('[data-field=period_to] input').fill('2026-06-30')
  await form.locator('[data-field=period_to] input').press('Tab')
  await shot(page, 'evidence-upload-zh')
  await accessible(page)
  await page.locator('[data-test=save-evidence]').click()
  await page.locator('[data-file="2026 年等级测评报告.pdf"][data-stage=done]').waitFor()
  const detail = page.locator('[data-test=detail]')
  await detail.getByText('2026-01-01 至 2026-06-30').waitFor()
  await detail.locator('[data-preview=pdf] iframe').waitFor()
  const kept = (await w.get('/institutions/lxzq/records/evidence/' + sha256(PDF))).fields
  assert.equal(kept.file_name, '2026 年等级测评报告.pdf')
  assert.equal(kept.media_type, 'application/pdf')
  assert.equal(kept.size, PDF.length)
  await detail.locator('[data-test=check]').click()
  await detail.locator('[data-matches=true]').waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), detail.locator('[data-test=download]').click()])
  assert.equal(download.suggestedFilename(), '2026 年等级测评报告.pdf')
  assert.equal(sha256(readFileSync(await download.path())), sha256(PDF))
  await fill(page, '人员陈述')
  await page.locator('[data-test=save-evidence]').click()
  await detail.locator('[data-preview=image] img').waitFor()
  assert.ok(await detail.locator('[data-preview=image] img').evaluate(async (i) => (await i.decode(), i.naturalWidth === 1)))
  await shot(page, 'evidence-zh')
  await sound(page)
})

test('the same file a second time is recognised and no second record is made', async () => {
  const made = await evidence('已有的报告', Buffer.from('the same bytes'))
  const page = await w.open('/evidence?upload=1')
  await settled(page)
  await choose(page, file('另一个名字.txt', 'the same bytes'))
  const row = page.locator('[data-stage=there]')
  await row.waitFor()
  assert.equal(await row.locator('[data-test=open-record]').innerText(), '已有的报告')
  await page.waitForURL(new RegExp('id=' + made.id))
  await sound(page)
})

test('an upload goes on after a lost connection, and after a reload from where it stood', async () => {
  const content = randomBytes(9 << 20)
  const path = file('大文件.bin', content)
  utimesSync(path, 1e9, 1e9)
  const page = await w.open('/evidence?upload=1')
  await settled(page)
  let pieces = 0
  let away = true
  await page.route('**/api/v1/evidence/uploads/*', (route) => {
    if (route.request().method() === 'PATCH') pieces++
    return away && pieces > 3 ? route.abort('connectionfailed') : route.continue()
  })
  await choose(page, path)
  await page.locator('[data-stage=retrying]').waitFor()
  await page.getByText(/连不上服务器，\d+ 秒后自动再试/).waitFor()
  await shot(page, 'evidence-retry-zh')
  await accessible(page)
  await page.reload()
  await settled(page)
  await page.locator('[data-test=left]').getByText('大文件.bin').waitFor()
  away = false
  pieces = 0
  const offsets = []
  page.on('request', (r) => r.method() === 'PATCH' && offsets.push(Number(r.headers()['upload-offset'])))
  await choose(page, path)
  await page.locator('[data-stage=sent]').waitFor()
  assert.ok(offsets[0] >= 3 << 20, 'it went on from ' + offsets[0])
  assert.equal(await page.locator('[data-test=left]').count(), 0)
  assert.equal((await fetch(`${w.url}/api/v1/evidence/${sha256(content)}`)).status, 200)
  await sound(page)
})

test('paused, gone on with, cancelled; what the server refuses is said', async () => {
  const page = await w.open('/evidence?upload=1')
  await settled(page)
  let hold = true
  const held = []
  await page.route('**/api/v1/evidence/uploads/*', (route) => (hold && route.request().method() === 'PATCH' ? held.push(route) : route.continue()))
  await choose(page, file('暂停.bin', randomBytes(3 << 20)))
  await page.waitForFunction(() => document.querySelector('[data-stage=sending]'))
  await page.locator('[data-test=pause]').click()
  await page.locator('[data-stage=paused]').waitFor()
  hold = false
  await page.locator('[data-test=resume]').click()
  await page.locator('[data-stage=sent]').waitFor()
  await page.locator('[data-test=cancel]').click()
  assert.equal(await page.locator('[data-test=queue]').count(), 0)
  await page.route('**/api/v1/evidence', (route) =>
    route.fulfill({ status: 507, contentType: 'application/json', body: JSON.stringify({ error: { code: 'full', message: 'x', messages: { zh: '磁盘已满', en: 'the disk is full' }, request_id: 'r-1' } }) }),
  )
  await choose(page, file('放不下.bin', randomBytes(1000)))
  await page.locator('[data-stage=failed]').getByText('磁盘已满').waitFor()
  await sound(page)
})

test('a damaged file is found by checking it', async () => {
  const content = Buffer.from('content that will be damaged')
  const made = await evidence('会损坏的文件', content, { file_name: 'a.txt', media_type: 'text/plain' })
  const digest = sha256(content)
  const path = join(w.data, 'evidence', digest.slice(0, 2), digest.slice(2))
  chmodSync(path, 0o600)
  writeFileSync(path, 'content that was be damaged!')
  const page = await w.open('/evidence?id=' + made.id)
  await page.locator('[data-test=check]').click()
  await page.locator('[data-matches=false]').waitFor()
  await shot(page, 'evidence-damaged-zh')
  await accessible(page)
})

test('text in GB18030 is read; a type that cannot be shown says so', async () => {
  const gb = Buffer.from([0xd6, 0xa4, 0xbe, 0xdd, 0x0a]) // 证据
  const made = await evidence('旧编码文本', gb, { file_name: '旧.csv', media_type: 'text/csv' })
  const other = await evidence('表格', Buffer.from('PK'), { file_name: 'x.docx', media_type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' })
  const page = await w.open('/evidence?id=' + made.id)
  await page.locator('[data-preview=text] pre', { hasText: '证据' }).waitFor()
  await page.goto(w.url + '/p/evidence?id=' + other.id)
  await page.locator('[data-test=no-preview]').waitFor()
  await sound(page)
})

test('searched, filtered by strength, scrolled; requirements that rest on it; English and phone', async () => {
  const page = await w.open('/evidence', { lang: 'en' })
  await settled(page)
  await page.locator('[data-test=list] .one').first().waitFor()
  assert.ok((await page.locator('[data-test=list] .one').count()) < 60, 'only what is in view is drawn')
  await page.locator('[data-test=evidence-search]').fill('等级')
  await page.waitForURL(/q=/)
  await page.waitForFunction(() => [...document.querySelectorAll('[data-test=list] .one')].length > 0)
  await page.locator('[data-test=list] .one').first().click()
  await page.locator('[data-test=evidence-title]').waitFor()
  // One that proves something: taken from a verdict.
  const verdicts = await w.get('/institutions/lxzq/verdicts?status=met&limit=500')
  let id
  for (const v of verdicts.items) {
    for (const p of v.proof) {
      const r = await w.get(`/institutions/lxzq/records/${p.kind}/${p.id}`)
      if (Array.isArray(r.fields.evidence) && r.fields.evidence.length) id = r.fields.evidence[0]
      else if (typeof r.fields.evidence === 'string') id = r.fields.evidence
      if (id) break
    }
    if (id) break
  }
  assert.ok(id, 'some proof refers to evidence')
  const claimed = (await w.get('/institutions/lxzq/records/evidence?filter=source:eq:instrument&limit=1')).items[0]
  await page.goto(`${w.url}/p/evidence?id=${claimed.id}`)
  await page.locator('[data-test=signature]', { hasText: 'No signature by a trusted key' }).waitFor()
  await page.locator(`[data-evidence="${claimed.id}"] .strength`, { hasText: 'Stated by a person' }).waitFor()
  await page.goto(`${w.url}/p/evidence?id=${id}`)
  await page.getByRole('tab', { name: 'Requirements it supports' }).click()
  await page.locator('[data-test=uses] li').first().waitFor()
  await shot(page, 'evidence-en')
  await accessible(page)
  await sound(page)
  const phone = await w.open('/evidence', { size: PHONE })
  await phone.locator('[data-test=list] .one').first().waitFor()
  await shot(phone, 'evidence-phone-zh')
  await phone.locator('[data-test=list] .one').first().click()
  await phone.locator('[data-test=evidence-title]').waitFor()
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await shot(phone, 'evidence-detail-phone-zh')
  await accessible(phone)
})

test('the server away while a file is sent, and back again', async () => {
  const page = await w.open('/evidence?upload=1')
  await settled(page)
  const port = new URL(w.url).port
  await w.server.stop()
  await choose(page, file('重启.bin', randomBytes(5000)))
  await page.locator('[data-stage=retrying]').waitFor()
  const again = await serve(w.data, '127.0.0.1:' + port)
  try {
    await page.locator('[data-stage=sent]').waitFor({ timeout: 60000 })
  } finally {
    await again.stop()
  }
})
