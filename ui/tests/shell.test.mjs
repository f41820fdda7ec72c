// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, PHONE, settled, shot, sound, world } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

const PLACES = ['cockpit', 'standard', 'journeys', 'planning', 'acquiring', 'operating', 'leaving', 'evidence', 'ledger', 'import', 'records']

/** A view comes when its script is there: until then the one before is still seen, and is settled. */
async function arrive(page, place) {
  await page.waitForFunction((name) => document.querySelector(`.side [data-nav=${name}].on`), place)
  await settled(page)
}

test('every place opens from the menu, without an error, and is accessible', async () => {
  for (const lang of ['zh', 'en']) {
    const page = await w.open('/', { lang })
    for (const place of PLACES) {
      await page.locator(`.side [data-nav=${place}]`).click()
      await arrive(page, place)
      await accessible(page, `${lang} ${place}`)
      await shot(page, `${place}-${lang}`)
    }
    await sound(page)
  }
})

test('at phone width the menu opens from its button', async () => {
  const page = await w.open('/', { size: PHONE })
  await settled(page)
  for (const place of PLACES) {
    await page.getByRole('button', { name: '菜单' }).click()
    await page.locator(`.nav-drawer [data-nav=${place}]`).click()
    await arrive(page, place)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(wide <= 0, `${place} is ${wide} px wider than the screen`)
    await shot(page, `${place}-phone`)
  }
  await accessible(page)
  await sound(page)
})

test('language is switched at once and remembered', async () => {
  const page = await w.open('/records')
  await settled(page)
  await page.locator('[data-test=language]').click()
  assert.equal(await page.locator('[data-test=title]').innerText(), 'All registers')
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
  await page.reload()
  await settled(page)
  assert.equal(await page.locator('[data-test=title]').innerText(), 'All registers')
})

test('an address that is none says so', async () => {
  const page = await w.open('/no/such/page')
  await settled(page)
  assert.equal(await page.locator('[data-test=title]').innerText(), '没有这个页面')
})

test('whoever may only read is told at each button why, and who may', async () => {
  const made = await w.send('POST', '/institutions/lxzq/records/person', { fields: { number: 'R-READER', name: '只读的人', roles: ['reader'] } })
  assert.equal(made.status, 201, JSON.stringify(made.json))
  const page = await w.open('/', { person: made.json.id })
  const system = (await w.get('/institutions/lxzq/records/system?limit=1')).items[0].id
  for (const [path, button] of [
    ['/planning/levels', '[data-test=new]'], ['/planning/grades', '[data-test=new]'], ['/planning/plans', '[data-test=new]'],
    ['/acquiring/assessments', '[data-test=new]'], ['/evidence', '[data-test=bring]'], ['/records/provider', '[data-test=new]'],
    [`/records/system/${system}`, '[data-test=edit]'], [`/planning/levels/${system}`, '[data-test=save]'],
  ]) {
    await page.goto(w.url + '/p' + path)
    await settled(page)
    const it = page.locator(button).first()
    await page.waitForFunction((b) => document.querySelector(b)?.getAttribute('aria-disabled') === 'true', button)
    assert.match(await it.locator('.visually-hidden').innerText(), /[\s\S]{4}/, path)
    await it.click({ force: true })
    await settled(page)
    assert.equal(new URL(page.url()).pathname, '/p' + path)
    assert.equal(await page.locator('[data-test=record-dialog]').count(), 0)
  }
  await accessible(page)
  await shot(page, 'refused-reader-zh')
  // An institution is opened by the operator alone.
  await page.locator('[data-test=institution]').click()
  await page.locator('[data-test=new-institution][aria-disabled=true]').waitFor()
  await sound(page)
})

test('a further institution is opened, and has nothing of the other', async () => {
  const page = await w.open('/')
  await settled(page)
  await page.locator('[data-test=institution]').click()
  await page.locator('[data-test=new-institution]').click()
  await page.waitForURL(/welcome$/)
  await settled(page)
  await page.locator('[data-field=code] input').fill('lxzq')
  await page.locator('[data-field=name] input').fill('华源证券股份有限公司')
  await page.locator('[data-test=open-institution]').click()
  await page.locator('[data-field=type] .el-form-item__error').waitFor()
  await page.locator('[data-field=type] .el-select').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '委托方' }).first().click()
  await page.locator('[data-test=open-institution]').click()
  // The code is taken: that is said, and what was entered stands.
  await page.locator('#main').getByText(/已有|已被|占用|相同/).first().waitFor()
  assert.equal(await page.locator('[data-field=name] input').inputValue(), '华源证券股份有限公司')
  await shot(page, 'institution-taken-zh')
  await page.locator('[data-field=code] input').fill('hyzq')
  await page.locator('[data-test=open-institution]').click()
  await page.locator('[data-test=start]').waitFor()
  await shot(page, 'institution-new-zh')
  await accessible(page)
  assert.equal((await w.get('/institutions/hyzq/records/system')).total, 0)
  await page.locator('[data-test=institution]').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '澜汐' }).click()
  await page.locator('[data-test=heat], [data-test=heatmap], .card').first().waitFor()
  await sound(page)
})
