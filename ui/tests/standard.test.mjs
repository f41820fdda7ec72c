// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test'
import { accessible, assert, PHONE, settled, shot, sound, world } from './world.mjs'

let w
before(async () => (w = await world('example')))
after(() => w.stop())
const INST = '/institutions/lxzq'

const leaves = (page) => page.locator('[data-test=tree] [role=treeitem]:not([aria-expanded])')
const found = (page) => page.locator('[data-test=found]')
async function choose(page, test, text) {
  await page.locator(`[data-test=${test}]`).click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: text }).first().click()
}
/** As the server says it: how many requirements have a verdict that fits. */
async function requirementsOf(query) {
  const ids = new Set()
  for (let offset = 0, total = 1; offset < total; offset += 1000) {
    const got = await w.get(`${INST}/verdicts?limit=1000&offset=${offset}&${query}`)
    total = got.total
    for (const v of got.items) if (!v.risk_accepted) ids.add(v.requirement)
  }
  return ids
}

test('all requirements in a tree, with counts at each clause; one opens beside it', async () => {
  const all = await w.get('/requirements')
  for (const lang of ['zh', 'en']) {
    const page = await w.open('/standard', { lang })
    await settled(page)
    assert.match(await found(page).innerText(), new RegExp(`${all.items.length}`))
    await page.locator('.fold .link').first().click()
    assert.equal(await leaves(page).count(), all.items.length)
    const chapter = page.locator('[data-test=tree] [data-node="6"]')
    const inIt = all.items.filter((r) => r.clause.startsWith('6')).length
    assert.match(await chapter.innerText(), new RegExp(`\\b${inIt}$`))
    await accessible(page, `standard ${lang}`)
    await page.locator('[data-node="6.1-2"]').click()
    const detail = page.locator('[data-test=detail]')
    await detail.locator('[data-test=subjects] > li').first().waitFor()
    const r = all.items.find((x) => x.id === '6.1-2')
    assert.ok((await detail.innerText()).includes(r[lang]))
    await detail.locator('[data-test=proving] li').first().waitFor()
    await accessible(page, `requirement beside ${lang}`)
    await shot(page, `standard-${lang}`)
    await sound(page)
  }
})

test('filters by status, actor, force, stage, model and search in both languages; the address keeps them', async () => {
  const all = (await w.get('/requirements')).items
  const page = await w.open('/standard')
  await settled(page)
  await choose(page, 'by-status', '未达标')
  await page.waitForURL(/status=unmet/)
  const unmet = await requirementsOf('status=unmet')
  await page.waitForFunction((n) => document.querySelector('[data-test=found]').textContent.startsWith(`${n} /`), unmet.size)
  assert.equal(await leaves(page).count(), unmet.size)
  await choose(page, 'by-actor', '受托方')
  const provider = all.filter((r) => unmet.has(r.id) && r.actor === 'provider').length
  await page.waitForFunction((n) => document.querySelector('[data-test=found]').textContent.startsWith(`${n} /`), provider)
  await page.reload()
  await settled(page)
  assert.equal(await leaves(page).count(), provider)
  await page.locator('[data-test=clear]').first().click()
  await choose(page, 'by-force', '宜')
  await choose(page, 'by-stage', '运行监督')
  await choose(page, 'by-model', '公共云')
  const fit = all.filter((r) => r.force === 'should' && r.stage === 'operate' && r.models.includes('public')).length
  await page.waitForFunction((n) => document.querySelector('[data-test=found]').textContent.startsWith(`${n} /`), fit)
  await page.locator('[data-test=clear]').first().click()

  const search = page.locator('[data-test=standard-search] input, input[data-test=standard-search]').first()
  for (const [words, test] of [
    ['备份', (r) => JSON.stringify([r.title, r.zh, r.guidance]).includes('备份')],
    ['backup', (r) => JSON.stringify([r.title, r.en, r.guidance]).toLowerCase().includes('backup')],
    ['6.1-2', (r) => r.id.includes('6.1-2') || JSON.stringify([r.title, r.zh, r.en, r.guidance]).includes('6.1-2')],
  ]) {
    await search.fill(words)
    const n = all.filter(test).length
    assert.ok(n > 0)
    await page.waitForFunction((n) => document.querySelector('[data-test=found]').textContent.startsWith(`${n} /`), n)
  }
  await search.fill('没有这样的要求')
  await page.locator('[data-test=empty]').first().waitFor()
  await sound(page)
})

test('the scope of one deployment', async () => {
  const standing = await w.get(`${INST}/standing`)
  const unit = [...standing.units].sort((a, b) => b.unmet - a.unmet)[0]
  const page = await w.open(`/standard?status=unmet&unit=${unit.id}`)
  await settled(page)
  const unmet = await requirementsOf(`status=unmet&unit=${unit.id}`)
  await page.waitForFunction((n) => document.querySelector('[data-test=found]').textContent.startsWith(`${n} /`), unmet.size)
  await leaves(page).first().click()
  const subjects = page.locator('[data-test=subjects] > li')
  await subjects.first().waitFor()
  assert.ok((await page.locator('[data-test=subjects] .tag.unmet').count()) >= 1)
  await shot(page, 'standard-scope-zh')
  await sound(page)
})

test('the scope of what belongs to no deployment', async () => {
  const page = await w.open('/standard')
  await settled(page)
  await choose(page, 'scope', '机构层面')
  await page.waitForURL(/unit=none/)
  await choose(page, 'by-status', /^\s*达标\s*$/)
  const met = await requirementsOf('status=met&unit=none')
  assert.ok(met.size > 0)
  const tallies = (await w.get(`${INST}/standing/requirements?unit=none`)).items
  assert.equal(tallies.filter((i) => i.met).length, met.size)
  await page.waitForFunction((n) => document.querySelector('[data-test=found]').textContent.startsWith(`${n} /`), met.size)
  await leaves(page).first().click()
  const subjects = page.locator('[data-test=subjects] > li')
  await subjects.first().waitFor()
  const id = new URL(page.url()).searchParams.get('at')
  const of = await w.get(`${INST}/verdicts?requirement=${id}&unit=none&limit=1`)
  assert.equal(await subjects.count(), Math.min(20, of.total))
  await shot(page, 'standard-whole-zh')
  await sound(page)
})

test('the tree by the keyboard', async () => {
  const page = await w.open('/standard')
  await settled(page)
  const at = () => page.evaluate(() => document.activeElement?.getAttribute('data-node'))
  await page.locator('[data-test=tree] [tabindex="0"]').focus()
  assert.equal(await at(), '3')
  await page.keyboard.press('ArrowDown')
  assert.equal(await at(), '4')
  await page.keyboard.press('ArrowRight')
  assert.equal(await page.locator('[data-node="4"]').getAttribute('aria-expanded'), 'true')
  await page.keyboard.press('ArrowRight')
  const child = await at()
  assert.match(child, /^4[.-]/)
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowLeft')
  await page.waitForFunction(() => document.activeElement?.getAttribute('data-node') === '4')
  await page.keyboard.press('End')
  assert.equal(await at(), '8')
  await page.keyboard.press('Home')
  assert.equal(await at(), '3')
  await page.keyboard.press('ArrowRight')
  for (let i = 0; i < 6 && (await page.evaluate(() => document.activeElement?.hasAttribute('aria-expanded'))); i++) await page.keyboard.press('ArrowRight')
  const leaf = await at()
  await page.keyboard.press('Enter')
  await page.waitForURL(new RegExp(`at=${leaf.replace('.', '\\.')}`))
  await page.locator('[data-test=detail] [data-test=requirement]').waitFor()
  await sound(page)
})

/** Statuses in words, as the tags show them. */
const WORDS = {
  zh: { met: '达标', unmet: '未达标', unknown: '未定', not_applicable: '不适用' },
  en: { met: 'Met', unmet: 'Unmet', unknown: 'Undecided', not_applicable: 'Not applicable' },
}

test('a requirement by itself: every change of its verdicts, with what led to it, and on to the ledger', async () => {
  for (const lang of ['zh', 'en']) {
    const page = await w.open('/standard/6.1-2', { lang })
    await settled(page)
    const rows = page.locator('[data-test=changes] > li')
    await rows.first().waitFor()
    const status = await w.get(`${INST}/requirements/6.1-2/history?only=status&limit=200`)
    assert.ok(status.total > 0)
    assert.match(await page.locator('[data-test=changes-total]').innerText(), new RegExp(`\\b${status.total}\\b`))
    while (await page.locator('[data-test=more-changes]').count()) {
      const n = await rows.count()
      await page.locator('[data-test=more-changes]').click()
      await page.waitForFunction((n) => document.querySelectorAll('[data-test=changes] > li').length > n, n)
    }
    assert.equal(await rows.count(), status.total)
    for (const [i, c] of status.items.entries()) {
      const text = await rows.nth(i).innerText()
      assert.ok(text.startsWith(c.day), text)
      assert.ok(text.includes(c.subject.name) || (await rows.nth(i).locator('.name').count()) === 1)
      const tags = await rows.nth(i).locator('.tag').evaluateAll((all) => all.map((x) => x.dataset.status))
      const want = [c.from, c.to].filter(Boolean).map((x) => (x.status === 'not_applicable' && x.code === '.not_yet' ? 'not_yet' : x.status))
      assert.deepEqual(tags, want)
      if (c.to) assert.ok(text.includes(c.to.reason[lang]), text)
    }
    if (lang === 'zh') assert.ok((await rows.first().innerText()).includes(WORDS.zh[status.items[0].to.status]))
    await accessible(page, `requirement ${lang}`)
    await shot(page, `requirement-${lang}`, { full: true })
    await page.locator('[data-test=status-only]').click()
    const all = await w.get(`${INST}/requirements/6.1-2/history?limit=200`)
    await page.waitForFunction((n) => new RegExp(`\\b${n}\\b`).test(document.querySelector('[data-test=changes-total]').textContent), all.total)
    const cause = all.items.findIndex((c) => c.cause.entries.length > 0)
    assert.ok(cause >= 0 && cause < 20)
    const entry = all.items[cause].cause.entries[0]
    await rows.nth(cause).locator('.why a').first().click()
    await page.waitForURL(new RegExp(`/ledger\\?seq=${entry.seq}$`))
    await page.goBack()
    await rows.first().waitFor()
    await rows.first().locator('.entry').click()
    await page.waitForURL(/\/ledger\?seq=\d+$/)
    await sound(page)
  }
})

test('the changes of one scope, of one subject, as of a day, and of what never changed', async () => {
  const standing = await w.get(`${INST}/standing`)
  const unit = standing.units.find((u) => u.met > 0)
  const rule = (await w.get(`${INST}/verdicts?unit=${unit.id}&status=met&limit=1`)).items[0]
  let page = await w.open(`/standard/${rule.requirement}?unit=${unit.id}`)
  await settled(page)
  const rows = page.locator('[data-test=changes] > li')
  await rows.first().waitFor()
  const scoped = await w.get(`${INST}/requirements/${rule.requirement}/history?only=status&unit=${unit.id}`)
  assert.match(await page.locator('[data-test=changes-total]').innerText(), new RegExp(`\\b${scoped.total}\\b`))
  await page.locator('[data-test=subjects] a').first().click()
  await page.waitForURL(/\/verdict\//)
  await page.locator('[data-test=verdict-history] [data-test=changes] > li').first().waitFor()
  const subject = new URL(page.url()).pathname.split('/').at(-1)
  const own = await w.get(`${INST}/requirements/${rule.requirement}/history?only=status&subject=${subject}`)
  assert.equal(await page.locator('[data-test=verdict-history] [data-test=changes] > li').count(), own.total)
  await accessible(page, 'verdict with its changes')
  await sound(page)

  // a requirement that was judged for nothing has no change
  const judged = new Set((await w.get(`${INST}/standing/requirements`)).items.filter((i) => i.met + i.unmet + i.unknown > 0).map((i) => i.requirement))
  for (const r of (await w.get('/requirements')).items) {
    if (judged.has(r.id) || (await w.get(`${INST}/requirements/${r.id}/history?limit=1`)).total) continue
    page = await w.open(`/standard/${r.id}`)
    await settled(page)
    await page.locator('[data-test=requirement-history] [data-test=empty]').waitFor()
    await sound(page)
    break
  }
})

test('a requirement by itself: how it was on another day', async () => {
  const page = await w.open('/standard/6.1-2')
  await settled(page)
  const first = (await w.get(`${INST}/standing/trend?points=12`)).points[3].day
  const day = page.locator('.day input')
  await day.fill(first)
  await day.press('Enter')
  await page.locator('[data-test=requirement-history] .el-skeleton').waitFor({ state: 'detached' })
  const then = await w.get(`${INST}/verdicts?requirement=6.1-2&limit=1000&as_of=${first}`)
  const now = await w.get(`${INST}/verdicts?requirement=6.1-2&limit=1000`)
  const was = new Map(then.items.map((v) => [v.subject.id, v.status]))
  if (now.items.some((v) => was.get(v.subject.id) !== v.status)) await page.locator('[data-test=compare] tbody tr').first().waitFor()
  await accessible(page, 'requirement compared')
  await page.locator('[data-test=subjects] a').first().click()
  await page.waitForURL(/\/verdict\/6\.1-2\//)
  await sound(page)
})

test('on a phone a requirement opens on its own page', async () => {
  const page = await w.open('/standard?status=unmet', { size: PHONE })
  await settled(page)
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0)
  await shot(page, 'standard-phone')
  await leaves(page).first().click()
  await page.waitForURL(/\/standard\/[\d.]+-\d+/)
  await settled(page)
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0)
  await accessible(page, 'requirement phone')
  await shot(page, 'requirement-phone')
  await sound(page)
})

test('an id that is none', async () => {
  const page = await w.open('/standard/99.9-9')
  await page.locator('[data-test=empty]').waitFor()
  await sound(page)
})
