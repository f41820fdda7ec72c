// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, PHONE, settled, shot, sound, world } from './world.mjs'

let w
let own
before(async () => {
  w = await world('example')
  own = await world('own')
})
after(async () => {
  await own.stop()
  await w.stop()
})
const INST = '/institutions/lxzq'
const unitIn = async (state) => (await w.get(`${INST}/standing`)).units.find((u) => u.state === state)

test('every deployment by stage, with the gate ahead', async () => {
  const standing = await w.get(`${INST}/standing`)
  for (const lang of ['zh', 'en']) {
    const page = await w.open('/journeys', { lang })
    await settled(page)
    for (const stage of ['plan', 'acquire', 'operate', 'exit']) {
      const n = standing.units.filter((u) => u.stage === stage).length
      assert.match(await page.locator(`[data-stage=${stage}] h2`).innerText(), new RegExp(`\\b${n}$`))
    }
    const unit = standing.units.find((u) => u.state === 'planned')
    const gates = await w.get(`${INST}/records/deployment/${unit.id}/gates`)
    const misses = gates.items.find((g) => g.gated).misses.length
    const row = page.locator(`[data-unit="${unit.id}"]`)
    await row.locator('.shut').waitFor()
    assert.match(await row.locator('.shut').innerText(), new RegExp(`\\b${misses}\\b`))
    await accessible(page, `journeys ${lang}`)
    await shot(page, `journeys-${lang}`)
    await sound(page)
  }
})

test('deployments are found by name and model', async () => {
  const standing = await w.get(`${INST}/standing`)
  const page = await w.open('/journeys')
  await settled(page)
  await page.locator('[data-test=by-model]').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: '行业云' }).click()
  const industry = standing.units.filter((u) => u.model === 'industry')
  await page.waitForFunction((n) => document.querySelectorAll('tr[data-unit]').length === n, industry.length)
  await page.locator('[data-test=find-unit] input, input[data-test=find-unit]').first().fill('灾备')
  await page.waitForFunction((n) => document.querySelectorAll('tr[data-unit]').length === n, industry.filter((u) => u.name.includes('灾备')).length)
  await page.locator('tr[data-unit] a').first().click()
  await page.waitForURL(/\/journeys\/[0-9a-f-]{36}/)
  await sound(page)
})

test('a journey: the way, the gate ahead, what is missing, what hangs together', async () => {
  const unit = await unitIn('exiting')
  const gates = await w.get(`${INST}/records/deployment/${unit.id}/gates`)
  const gate = gates.items.find((g) => g.gated)
  for (const lang of ['zh', 'en']) {
    const page = await w.open(`/journeys/${unit.id}`, { lang })
    await settled(page)
    assert.equal(await page.locator('[data-test=title]').innerText(), unit.name)
    assert.equal(await page.locator('[data-test=path] [aria-current=step]').getAttribute('data-state'), 'exiting')
    await page.locator('[data-test=path] .passed').first().waitFor()
    // The day on which each state was entered, as the history has it.
    const versions = (await w.get(`${INST}/records/deployment/${unit.id}/history`)).items.sort((a, b) => a.version - b.version)
    for (const state of ['operating', 'exiting']) {
      const at = versions.findLast((v, i) => v.state === state && versions[i - 1]?.state !== state)
      assert.ok((await page.locator(`[data-test=path] [data-state=${state}]`).innerText()).includes(at.time.slice(0, 10)), state)
    }
    assert.equal(await page.locator(`[data-gate=${gate.transition}] [data-test=misses] > li`).count(), gate.misses.length)
    const all = await w.get(`${INST}/verdicts?unit=${unit.id}&limit=1`)
    const accepted = unit.accepted
    await page.waitForFunction((n) => document.querySelector('[data-test=open-points] h2 .num')?.textContent === n, String(all.counts.unmet + all.counts.unknown - accepted))
    const related = await page.locator('[data-test=related]').innerText()
    const record = await w.get(`${INST}/records/deployment/${unit.id}`)
    const contract = await w.get(`${INST}/records/contract/${record.fields.contract}`)
    await page.waitForFunction((n) => document.querySelector('[data-test=related]').innerText.includes(n), contract.name)
    assert.ok(related.length > 20)
    await accessible(page, `journey ${lang}`)
    await shot(page, `journey-${lang}`)
    await shot(page, `readme-journey-${lang}`)
    await sound(page)
  }
})

test('what is missing leads to a form that is filled in, and back to the journey', async () => {
  const unit = await unitIn('planned')
  const record = await w.get(`${INST}/records/deployment/${unit.id}`)
  const plan = await w.get(`${INST}/records/security_plan/${record.fields.plan}`)
  const page = await w.open(`/journeys/${unit.id}`)
  await settled(page)
  const misses = page.locator('[data-test=misses] > li')
  const before = await misses.count()
  await page.locator('[data-way=review_round]').first().click()
  await page.waitForURL(/records\/review_round\/new\?/)
  await page.waitForFunction((n) => document.querySelector('[data-field=plan]')?.textContent?.includes(n), plan.name)
  const kind = await w.get('/kinds/review_round')
  for (const f of kind.fields.filter((f) => f.required && f.name !== 'plan')) {
    const box = page.locator(`[data-field=${f.name}]`)
    if (f.type === 'date') {
      await box.locator('input').fill('2026-11-20')
      await box.locator('input').press('Enter')
    } else if (f.type === 'choice' || f.type === 'ref') {
      await box.locator('.el-select').click()
      await page.locator('.el-select-dropdown:visible .el-select-dropdown__item').first().click()
    } else await box.locator('input, textarea').first().fill('1')
  }
  await shot(page, 'journey-form-zh')
  await page.locator('[data-test=save]').click()
  await page.waitForURL((url) => url.pathname.endsWith(`/journeys/${unit.id}`))
  await settled(page)
  // Its opinions go to that round, which is the only one.
  assert.ok((await misses.count()) <= before)
  await page.locator('[data-way=review_opinion]').first().click()
  await page.waitForURL(/records\/review_opinion\/new\?.*round=/)
  await page.waitForFunction(() => /\d/.test(document.querySelector('[data-field=round]')?.textContent ?? '') || document.querySelector('[data-field=round] .el-select__selected-item'))
  await sound(page)
})

test('a refused move says what is missing; a free one is taken from the journey', async () => {
  const unit = await unitIn('acquiring')
  const page = await w.open(`/journeys/${unit.id}`)
  await settled(page)
  await page.locator('[data-transition=serve]').click()
  await page.locator('[data-test=move-dialog] [data-test=misses] > li').first().waitFor()
  await accessible(page, 'refused')
  await page.keyboard.press('Escape')
  const run = (await w.get(`${INST}/standing`)).units.find((u) => u.state === 'operating')
  await page.goto(`${w.url}/p/journeys/${run.id}`)
  await settled(page)
  await page.locator('[data-transition=exit_begin]').click()
  await page.locator('[data-test=move-go]').click()
  await page.waitForFunction(() => document.querySelector('[data-test=path] [aria-current=step]')?.getAttribute('data-state') === 'exiting')
  await sound(page)
})

test('the settings of a requirement fill in the form: the term of a contract, the topic of a section', async () => {
  const made = await w.send('POST', `${INST}/records/security_plan`, { fields: { code: 'FA-J', title: '行程方案' } })
  assert.equal(made.status, 201)
  await w.send('POST', `${INST}/records/security_plan/${made.json.id}/transitions`, { transition: 'submit' })
  const page = await w.open(`/verdict/5.3.2-13/${made.json.id}`)
  await settled(page)
  await page.locator('[data-test=verdict] button', { hasText: '方案内容' }).or(page.locator('[data-way=plan_section]')).first().click()
  await page.waitForURL(/records\/plan_section\/new\?/)
  const url = new URL(page.url())
  assert.equal(url.searchParams.get('topic'), 'exit')
  assert.equal(url.searchParams.get('plan'), made.json.id)
  assert.ok(url.searchParams.get('back').startsWith('/verdict/5.3.2-13/'))
  await sound(page)
})

test('on a phone', async () => {
  const unit = await unitIn('exiting')
  for (const path of ['/journeys', `/journeys/${unit.id}`]) {
    const page = await w.open(path, { size: PHONE })
    await settled(page)
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0, path)
    await accessible(page, `${path} phone`)
    await shot(page, path === '/journeys' ? 'journeys-phone' : 'journey-phone', { full: true })
    await sound(page)
  }
})

test('none yet, and one that is none', async () => {
  const page = await own.open('/journeys')
  await settled(page)
  await page.locator('[data-test=empty]').waitFor()
  await accessible(page, 'no journeys')
  const other = await w.open('/journeys/01900000-0000-7000-8000-000000000000')
  await other.locator('[data-test=empty]').waitFor()
  await sound(page)
  await sound(other)
})
