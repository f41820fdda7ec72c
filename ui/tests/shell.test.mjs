// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, PHONE, settled, shot, sound, world } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())

const PLACES = ['cockpit', 'standard', 'journeys', 'planning', 'acquiring', 'operating', 'leaving', 'evidence', 'ledger', 'import', 'records']

test('every place opens from the menu, without an error, and is accessible', async () => {
  for (const lang of ['zh', 'en']) {
    const page = await w.open('/', { lang })
    for (const place of PLACES) {
      await page.locator(`.side [data-nav=${place}]`).click()
      await settled(page)
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
    await settled(page)
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
