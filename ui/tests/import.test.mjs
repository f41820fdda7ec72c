// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { after, before, test } from 'node:test'
import { accessible, assert, join, PHONE, serve, settled, shot, sound, world, writeFileSync } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

const file = (name, content) => {
  const path = join(w.dir, name)
  writeFileSync(path, content)
  return path
}

/** A zip as others write it: deflated, with what the reader needs. */
function zip(files) {
  const table = Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
    return n >>> 0
  })
  const crc = (b) => (b.reduce((c, x) => table[(c ^ x) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0
  const parts = []
  const directory = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const raw = Buffer.from(text)
    const z = deflateRawSync(raw)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(8, 8)
    head.writeUInt32LE(crc(raw), 14)
    head.writeUInt32LE(z.length, 18)
    head.writeUInt32LE(raw.length, 22)
    head.writeUInt16LE(name.length, 26)
    const row = Buffer.alloc(46)
    row.writeUInt32LE(0x02014b50, 0)
    head.copy(row, 6, 4, 30)
    row.writeUInt32LE(at, 42)
    directory.push(row, Buffer.from(name))
    parts.push(head, Buffer.from(name), z)
    at += 30 + name.length + z.length
  }
  const d = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(files).length, 8)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(d.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, d, end])
}
/** The texts of a part of a zip that the page wrote. */
function unzip(bytes, wanted) {
  let at = bytes.readUInt32LE(bytes.length - 6)
  for (let n = bytes.readUInt16LE(bytes.length - 12); n > 0; n--) {
    const name = bytes.toString('utf8', at + 46, at + 46 + bytes.readUInt16LE(at + 28))
    const from = bytes.readUInt32LE(at + 42)
    if (name === wanted) {
      const start = from + 30 + bytes.readUInt16LE(from + 26) + bytes.readUInt16LE(from + 28)
      return inflateRawSync(bytes.subarray(start, start + bytes.readUInt32LE(at + 20))).toString()
    }
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  throw new Error('no ' + wanted)
}

const label = async (kind, name, lang = 'zh') => (await w.get('/kinds/' + kind)).fields.find((f) => f.name === name).label[lang]

test('a CSV: columns matched, wrong cells mended in place, checked, imported', async () => {
  const [code, name, importance, since, owner] = await Promise.all(['code', 'name', 'importance', 'in_service_since', 'owner'].map((f) => label('system', f)))
  const person = (await w.get('/institutions/lxzq/records/person?limit=1')).items[0]
  const path = file(
    '系统台账.csv',
    '\ufeff' + [`${code},${name}*,${importance},${since},${owner},备用列`, `IMP-1,导入系统一,重要信息系统,2024年3月5日,${person.name},x`, `IMP-2,"导入,系统二",不知道,2024/13/40,,y`, 'IMP-3,,一般信息系统,20240102,,z'].join('\r\n') + '\r\n',
  )
  const page = await w.open('/import?kind=system')
  await settled(page)
  await accessible(page)
  await page.locator('[data-test=file]').setInputFiles(path)
  await page.locator('[data-test=columns]').waitFor()
  await shot(page, 'import-columns-zh')
  await accessible(page)
  await page.locator('[data-test=to-table]').click()
  await page.locator('[data-test=grid]').waitFor()
  const problems = page.locator('[data-test=problems]')
  await problems.waitFor()
  assert.match(await problems.innerText(), /不在可选的值里[\s\S]*不是日期/)
  assert.ok(await page.locator('[data-test=check]').isDisabled(), 'nothing is sent while cells are wrong')
  await shot(page, 'import-problems-zh')
  await accessible(page)
  const cell = (row, field) => page.locator(`[data-row="${row}"] [data-cell=${field}]`)
  const put = async (row, field, value) => {
    await cell(row, field).fill(value)
    await cell(row, field).press('Tab')
  }
  await put(1, 'importance', '一般信息系统')
  await put(1, 'in_service_since', '2024-12-31')
  await page.locator('[data-test=check]').click()
  // The server finds what the page could not know: a required field is empty.
  await page.locator('[data-row="2"].bad').waitFor()
  // In the words of the table: its row, the column's head; not the ids of the server.
  assert.match(await problems.innerText(), new RegExp(`第 3 行，${name}[\\s\\S]*“${name}”`))
  assert.doesNotMatch(await problems.innerText(), /[a-z]_|\bname\b/)
  await shot(page, 'import-server-zh')
  await put(2, 'name', '导入系统三')
  const before = (await w.get('/institutions/lxzq/records/system?limit=1')).total
  await page.locator('[data-test=check]').click()
  await page.locator('[data-test=clean]').waitFor()
  assert.match(await page.locator('[data-test=clean]').innerText(), /新建 3 条/)
  assert.equal((await w.get('/institutions/lxzq/records/system?limit=1')).total, before, 'nothing is written before it is clean')
  await shot(page, 'import-clean-zh')
  await accessible(page)
  await page.locator('[data-test=import]').click()
  await page.locator('[data-test=done]').waitFor()
  const one = await w.get('/institutions/lxzq/records/system/IMP-1')
  assert.equal(one.fields.importance, 'important')
  assert.equal(one.fields.in_service_since, '2024-03-05')
  assert.equal(one.fields.owner, person.id)
  assert.equal((await w.get('/institutions/lxzq/records/system/IMP-2')).fields.name, '导入,系统二')
  await shot(page, 'import-done-zh')
  await sound(page)
})

test('GB18030, a wrong match put right by hand and remembered', async () => {
  // "dm,mc,beiyong" heads with a Chinese name in GB18030
  const gb = Buffer.concat([Buffer.from('dm,mc\r\nGB-1,'), Buffer.from([0xd6, 0xa4, 0xc8, 0xaf]), Buffer.from('\r\n')])
  const page = await w.open('/import?kind=system')
  await settled(page)
  const match = async () => {
    await page.locator('[data-test=file]').setInputFiles(file('gb.csv', gb))
    await page.locator('[data-test=columns]').waitFor()
  }
  await match()
  for (const [column, field] of [['dm', 'code'], ['mc', 'name']]) {
    await page.locator(`[data-column=${column}] .el-select`).click()
    await page.locator('.el-select-dropdown:visible').getByText((await label('system', field)) + ' *', { exact: true }).click()
    // the list has gone before the next one is opened
    await page.waitForFunction(() => ![...document.querySelectorAll('.el-select-dropdown')].some((e) => e.getClientRects().length > 0))
  }
  await page.locator('[data-test=to-table]').click()
  assert.equal(await page.locator('[data-row="0"] [data-cell=name]').inputValue(), '证券')
  await page.reload()
  await settled(page)
  await match()
  await page.locator('[data-test=to-table]').click()
  assert.equal(await page.locator('[data-row="0"] [data-cell=code]').inputValue(), 'GB-1')
  await sound(page)
})

test('an XLSX with dates and numbers as spreadsheets keep them, heads below a title; English', async () => {
  const heads = await Promise.all(['code', 'name', 'in_service_since', 'rto_minutes'].map((f) => label('system', f, 'en')))
  const shared = ['List of systems', ...heads, 'X-1', 'From a &amp; spreadsheet']
  const s = (ref, i) => `<c r="${ref}" t="s"><v>${i}</v></c>`
  const xlsx = zip({
    'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="rId1"/><sheet name="H" sheetId="2" state="hidden" r:id="rId1"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="rId1" Type="t" Target="worksheets/sheet1.xml"/></Relationships>',
    'xl/styles.xml': '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;-&quot;mm&quot;-&quot;dd"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': '<sst>' + shared.map((x) => `<si><t>${x}</t></si>`).join('') + '</sst>',
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row r="1">${s('A1', 0)}</row><row r="3">${s('A3', 1)}${s('B3', 2)}${s('C3', 3)}${s('D3', 4)}</row><row r="4">${s('A4', 5)}${s('B4', 6)}<c r="C4" s="1"><v>45356</v></c><c r="D4"><v>30</v></c></row></sheetData></worksheet>`,
  })
  const page = await w.open('/import', { lang: 'en' })
  await settled(page)
  await page.locator('[data-test=file]').setInputFiles(file('Information system.xlsx', xlsx))
  await page.waitForURL(/kind=system/)
  await page.locator('[data-test=to-table]').click()
  const value = (field) => page.locator(`[data-row="0"] [data-cell=${field}]`).inputValue()
  assert.equal(await value('code'), 'X-1')
  assert.equal(await value('name'), 'From a & spreadsheet')
  assert.equal(await value('in_service_since'), '2024-03-05')
  assert.equal(await value('rto_minutes'), '30')
  await page.locator('[data-test=check]').click()
  await page.locator('[data-test=clean]').waitFor()
  await shot(page, 'import-en')
  await accessible(page)
  await sound(page)
})

test('a template is written, and read back when filled in', async () => {
  const page = await w.open('/import?kind=system')
  await settled(page)
  const [down] = await Promise.all([page.waitForEvent('download'), page.locator('[data-test=template-xlsx]').click()])
  assert.equal(down.suggestedFilename(), '信息系统.xlsx')
  const bytes = readFileSync(await down.path())
  const sheet = unzip(bytes, 'xl/worksheets/sheet1.xml')
  assert.match(sheet, /系统编号[\s\S]*<dataValidation /)
  assert.match(unzip(bytes, 'xl/worksheets/sheet2.xml'), /重要信息系统 \/ 一般信息系统/)
  await page.locator('[data-test=file]').setInputFiles(file('空模板.xlsx', bytes))
  await page.locator('[data-test=columns]').waitFor()
  const kind = await w.get('/kinds/system')
  assert.equal(await page.locator('[data-test=columns] tbody tr').count(), kind.fields.length)
  await page.locator('[data-test=to-table]').click()
  await page.locator('[data-test=bad]', { hasText: '表头下面没有内容' }).waitFor()
  await sound(page)
})

test('files that cannot be read say why', async () => {
  const page = await w.open('/import?kind=system')
  await settled(page)
  for (const [name, content, why] of [
    ['空.csv', '', '文件是空的'],
    ['旧.xls', Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), '旧的 XLS'],
    ['坏.xlsx', Buffer.from('PK\x03\x04 no zip at all'), '读不懂'],
    ['引号.csv', 'code,name\n"A,b\n', '没有成对'],
  ]) {
    await page.locator('[data-test=file]').setInputFiles(file(name, content))
    await page.locator('[data-test=bad]', { hasText: why }).waitFor()
  }
  await sound(page)
})

test('the list of a scan: known by its columns, asked whose it is, imported as items; again nothing differs', async () => {
  const make = async (kind, fields) => {
    const made = await w.send('POST', `/institutions/lxzq/records/${kind}`, { fields })
    assert.equal(made.status, 201, JSON.stringify(made.json))
    return made.json.id
  }
  const deployment = (await w.get('/institutions/lxzq/records/deployment?limit=1')).items[0]
  const exit = await make('exit', { number: 'TC-SCAN', title: '扫描退出', deployment: deployment.id, model: deployment.fields.model, purpose: 'change_provider' })
  const inventory = await make('handover_inventory', { exit, number: 'L1', title: '扫描清单甲', source_path: '/data' })
  const row = (path, more) => JSON.stringify({ path, state: 'looked_into', size: 5, sha256: 'ab'.repeat(32), format: 'text', encrypted: false, common_format: true, in_container: false, hits: 0, count: {}, places: [], ...more })
  const list = [row('/data/a.txt', { grade: 3, hits: 1 }), row('/data/z.zip!/in.txt', { in_container: true }), row('/data/z.zip'), row('/data/l', { state: 'skipped', reason: 'link' })].join('\n') + '\n'
  const page = await w.open('/import')
  await settled(page)
  for (const wanted of [/新建 2 条、修改 1 条/, /新建 0 条、修改 0 条，3 条没有变化/]) {
    await page.locator('[data-test=file]').setInputFiles(file('scan.jsonl', list))
    await page.locator('[data-test=list]').waitFor()
    await page.waitForURL(/kind=handover_item/)
    assert.ok(await page.locator('[data-test=to-table]').isDisabled(), 'whose list it is has to be said')
    await page.locator('[data-field=inventory] .el-select').click()
    await page.locator('.el-select-dropdown:visible').getByText('扫描清单甲').click()
    await shot(page, 'import-list-zh')
    await accessible(page)
    await page.locator('[data-test=to-table]').click()
    await page.locator('[data-test=grid]').waitFor()
    assert.match(await page.locator('[data-test=left-out]').innerText(), /^2 行/)
    assert.equal(await page.locator('[data-row="0"] [data-cell=name]').inputValue(), 'a.txt')
    // Rows that were altered are not those that the digest is of; as the list has them, they are.
    await page.locator('[data-row="0"] [data-cell=name]').fill('b.txt')
    await page.locator('[data-row="0"] [data-cell=name]').press('Enter')
    await page.locator('[data-test=altered]').waitFor()
    await page.locator('[data-test=back]').click()
    await page.locator('[data-test=to-table]').click()
    await page.locator('[data-test=grid]').waitFor()
    assert.equal(await page.locator('[data-test=altered]').count(), 0)
    await page.locator('[data-test=check]').click()
    await page.locator('[data-test=clean]').waitFor()
    assert.match(await page.locator('[data-test=clean]').innerText(), wanted)
    await page.locator('[data-test=import]').click()
    await page.locator('[data-test=done]').waitFor()
    await page.locator('[data-test=done] button').click()
    await page.locator('[data-test=drop]').waitFor()
  }
  const items = (await w.get(`/institutions/lxzq/records/handover_item?limit=10&filter=inventory:eq:${inventory}`)).items
  assert.deepEqual(items.map((r) => [r.fields.identifier, r.fields.category, r.fields.sensitivity ?? null]).sort(), [['/data/a.txt', 'data_file', 'sensitive'], ['/data/z.zip', 'data_file', null]])
  assert.match((await w.get('/institutions/lxzq/records/handover_inventory/' + inventory)).fields.manifest_digest, /^[0-9a-f]{64}$/)
  await sound(page)
})

test('20,000 rows: only those in view are drawn, all are checked; phone', async () => {
  const rows = ['code,name']
  for (let i = 0; i < 20000; i++) rows.push(`BIG-${i},系统${i}`)
  const page = await w.open('/import?kind=system')
  await settled(page)
  await page.locator('[data-test=file]').setInputFiles(file('big.csv', rows.join('\n')))
  await page.locator('[data-test=to-table]').click()
  await page.locator('[data-test=grid]').waitFor()
  assert.ok((await page.locator('[data-row]').count()) < 60)
  await page.locator('[data-test=grid]').evaluate((b) => b.scrollTo(0, b.scrollHeight))
  await page.locator('[data-row="19999"]').waitFor()
  assert.equal(await page.locator('[data-row="19999"] [data-cell=code]').inputValue(), 'BIG-19999')
  await sound(page)
  const phone = await w.open('/import?kind=system', { size: PHONE })
  await settled(phone)
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await phone.locator('[data-test=file]').setInputFiles(file('small.csv', rows.slice(0, 4).join('\n')))
  await phone.locator('[data-test=columns]').waitFor()
  await shot(phone, 'import-phone-zh')
  await phone.locator('[data-test=to-table]').click()
  await phone.locator('[data-test=grid]').waitFor()
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth))
  await accessible(phone)
})

/* --- the import itself is long work ------------------------------------------------------------------------------ */

const MANY = 30000
const many = (prefix, n = MANY) => ['code,name', ...Array.from({ length: n }, (_, i) => `${prefix}-${i},${prefix} 系统 ${i}`)].join('\n')
const total = async (prefix) => (await w.get(`/institutions/lxzq/records/system?limit=1&q=${encodeURIComponent(prefix + ' 系统')}`)).total

/** As far as the button that writes. */
async function checked(page, content) {
  await page.locator('[data-test=file]').setInputFiles(file('系统.csv', content))
  await page.locator('[data-test=to-table]').click()
  await page.locator('[data-test=grid]').waitFor()
  await page.locator('[data-test=check]').click()
  await page.locator('[data-test=clean]').waitFor({ timeout: 60000 })
}
async function begun(page, content) {
  await checked(page, content)
  await page.locator('[data-test=import]').click()
  await page.locator('[data-test=job] [data-job]').waitFor()
  return page.locator('[data-test=job] [data-job]').getAttribute('data-job')
}
async function over(id) {
  for (let i = 0; i < 600; i++) {
    const j = await w.get('/institutions/lxzq/jobs/' + id)
    if (j.ended) return j
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('the job never ends')
}

test('an import is left while it runs, found again, and its result seen', async () => {
  const page = await w.open('/import?kind=system')
  await settled(page)
  const id = await begun(page, many('LEFT'))
  await page.locator('nav a[href$="/evidence"]').first().click()
  await page.waitForURL(/evidence/)
  await settled(page)
  await page.goto(w.url + '/p/import')
  await settled(page)
  const line = page.locator(`[data-test=jobs] [data-job="${id}"]`)
  await line.waitFor()
  await shot(page, 'import-found-zh')
  await accessible(page)
  await line.locator('[data-test=see-job]').click()
  await page.locator('[data-test=done]').waitFor({ timeout: 60000 })
  assert.match(await page.locator('[data-test=done]').innerText(), /新建 30,000 条/)
  assert.equal(await total('LEFT'), MANY)
  await sound(page)
})

test('an import is stopped: nothing of it is written, and the rows are there to go on with', async () => {
  const page = await w.open('/import?kind=system', { lang: 'en' })
  await settled(page)
  const id = await begun(page, many('STOP'))
  await page.locator('[data-test=stop-job]').click()
  await page.locator('[data-test=job] [data-state=cancelled]').waitFor()
  await page.getByText('The import was stopped; nothing was written.').waitFor()
  await shot(page, 'import-stopped-en')
  assert.equal((await over(id)).state, 'cancelled')
  assert.equal(await total('STOP'), 0)
  await page.locator('[data-test=job]').getByRole('button', { name: 'Back' }).click()
  await page.locator('[data-test=grid]').waitFor()
  assert.equal(await page.locator('[data-row="0"] [data-cell=code]').inputValue(), 'STOP-0')
  await sound(page)
})

test('what the server refuses after all stands in the cells; found again it is told by row and column', async () => {
  const owner = await label('system', 'owner')
  const person = await w.send('POST', '/institutions/lxzq/records/person', { fields: { number: 'P-GONE', name: '已离职的人' } })
  assert.equal(person.status, 201)
  const page = await w.open('/import?kind=system')
  await settled(page)
  await checked(page, ['code,name,owner', 'REF-1,REF 系统 1,', 'REF-2,REF 系统 2,已离职的人'].join('\n'))
  const gone = await w.send('POST', `/institutions/lxzq/records/person/${person.json.id}/transitions`, { transition: 'withdraw' })
  assert.equal(gone.status, 200, JSON.stringify(gone.json))
  await page.locator('[data-test=import]').click()
  const problems = page.locator('[data-test=problems]')
  await problems.waitFor()
  assert.match(await problems.innerText(), new RegExp(`第 2 行，${owner}[\\s\\S]*“${owner}”`))
  assert.doesNotMatch(await problems.innerText(), /\bowner\b|\bperson\b/)
  await page.locator('[data-row="1"] .wrong [data-cell=owner]').waitFor()
  await shot(page, 'import-refused-zh')
  assert.equal(await total('REF'), 0)
  await page.goto(w.url + '/p/import')
  await settled(page)
  await page.locator('[data-test=jobs] [data-state=failed]').first().locator('[data-test=see-job]').click()
  const told = page.locator('[data-test=told]')
  await told.waitFor()
  assert.match(await told.innerText(), new RegExp(`第 2 行，${owner}[\\s\\S]*“${owner}”`))
  await shot(page, 'import-told-zh')
  await accessible(page)
  await sound(page)
})

test('the server dies in the middle: the import begins again, and nothing is there twice or by half', async () => {
  const page = await w.open('/import?kind=system')
  await settled(page)
  const id = await begun(page, many('DIES'))
  const deadline = Date.now() + 30000
  for (;;) {
    const j = await w.get('/institutions/lxzq/jobs/' + id)
    if (j.done > 0 || j.ended || Date.now() > deadline) break
  }
  assert.equal(await total('DIES'), 0, 'nothing is seen before all of it is there')
  const { port } = new URL(w.url)
  w.server.child.removeAllListeners('exit')
  await new Promise((done) => (w.server.child.on('exit', done), w.server.child.kill('SIGKILL')))
  await page.locator('[data-test=offline]').waitFor()
  await shot(page, 'import-server-away-zh')
  const again = await serve(w.data, `127.0.0.1:${port}`)
  try {
    assert.ok([0, MANY].includes(await total('DIES')))
    const j = await over(id)
    assert.equal(j.state, 'done', JSON.stringify(j.error))
    assert.equal(j.result.created + j.result.unchanged, MANY)
    assert.equal(await total('DIES'), MANY)
    await page.locator('[data-test=done]').waitFor({ timeout: 60000 })
    await sound(page)
  } finally {
    await again.stop()
  }
})
