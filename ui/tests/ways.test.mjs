// SPDX-License-Identifier: Apache-2.0
// Ways out: what the buttons beside everything that gates miss lead to. The page's own method (src/lib/ways.ts) is asked
// for every miss; then its forms are filled in with whatever fits their fields and sent, and the verdict must say
// something else: met, or another reason. A form that the verdict does not care about is found out.
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { assert, join, settled, sound, world } from './world.mjs'

const MODELS = ['private', 'industry', 'public']
let waysOut
let complete

/** A world with what the packs declare, and how records are made in it. */
async function opened(w, code) {
  const inst = `/institutions/${code}`
  const kinds = new Map((await w.get('/kinds')).items.map((k) => [k.kind, k]))
  const requirements = new Map((await w.get('/requirements')).items.map((r) => [r.id, r]))
  const gates = (await w.get('/gates')).items
  return { w, inst, kinds, requirements, gates, today: (await w.get(`${inst}/due`)).today, known: new Map(), serial: 0 }
}

/** Everything missing at any gate, each requirement and reason once, with the record that is to be moved. */
async function missing(o) {
  const seen = new Map()
  for (const kind of new Set(o.gates.map((g) => g.kind)))
    for (const r of (await o.w.get(`${o.inst}/records/${kind}?limit=200`)).items)
      for (const g of (await o.w.get(`${o.inst}/records/${kind}/${r.id}/gates`)).items)
        for (const m of g.gated ? g.misses : []) {
          const key = `${m.requirement} ${m.code ?? 'absent'}`
          if (!seen.has(key)) seen.set(key, { key, miss: m, of: { kind, id: r.id }, gate: `${kind}.${g.transition}` })
        }
  return [...seen.values()].sort((a, b) => a.key.localeCompare(b.key))
}

async function some(o, kind, depth) {
  if (!o.known.has(kind)) {
    const at = o.kinds.get(kind).scope === 'installation' ? '/institutions/installation' : o.inst
    let items = (await o.w.get(`${at}/records/${kind}?limit=3`)).items
    if (!items.length && depth < 3) {
      const r = await o.w.send('POST', `${o.inst}/records/${kind}`, { fields: await filled(o, o.kinds.get(kind), {}, {}, depth + 1) })
      items = r.status === 201 ? [r.json] : []
    }
    o.known.set(kind, items.map((i) => i.id))
  }
  return o.known.get(kind)
}

/** The fields of a form: what it opens with stays, the rest is filled in with the first thing that fits. */
async function filled(o, kind, given, had = {}, depth = 0) {
  const out = {}
  for (const f of kind.fields) {
    if (had[f.name] != null || f.by_system) continue
    let v
    if (given[f.name] !== undefined) {
      out[f.name] = f.list ? given[f.name].split(',') : f.type === 'integer' ? Number(given[f.name]) : given[f.name]
      continue
    } else if (f.type === 'ref') {
      const ids = depth < 3 || f.required ? await some(o, f.to, depth) : []
      v = f.differs_from && out[f.differs_from] === ids[0] ? ids[1] : ids[0]
    } else if (f.type === 'choice') v = f.options[0].id
    else if (f.type === 'date') v = o.today
    else if (f.type === 'bool') v = true
    else if (f.type === 'integer') v = Number(f.min ?? 1) || 1
    else if (f.type === 'decimal') v = String(f.min ?? 1)
    else if (!f.kind_from && !f.names) v = `试${++o.serial}`
    if (v !== undefined) out[f.name] = f.list ? (f.type === 'choice' ? f.options.map((x) => x.id) : [v]) : v
  }
  return out
}

/** What is said now, when everything written has been judged. */
async function said(o, m, before) {
  for (let i = 0; ; i++) {
    const v = (await o.w.get(`${o.inst}/verdicts?requirement=${encodeURIComponent(m.requirement)}&subject=${m.subject.id}&limit=1`)).items[0]
    const now = v && `${v.status} ${v.code} ${v.reason.zh}`
    if (now !== before || i === 8) return now
    await new Promise((done) => setTimeout(done, 100))
  }
}

/** The states that a record can still be moved to without a gate, and without ending it. */
async function movedOn(o, kind, id, m, before) {
  const been = new Set()
  for (let step = 0; step < 3; step++) {
    const { state } = await o.w.get(`${o.inst}/records/${kind.kind}/${id}`)
    been.add(state)
    const t = kind.transitions.find((x) => x.id !== 'withdraw' && !x.gated && x.from.includes(state) && !been.has(x.to) && !kind.states.find((s) => s.id === x.to).final)
    if (!t || (await o.w.send('POST', `${o.inst}/records/${kind.kind}/${id}/transitions`, { transition: t.id, fields: {} })).status !== 200) return before
    const now = await said(o, m, before)
    if (now !== before) return now
  }
  return before
}

/** Go the way as a person would: the form is filled in and saved, then what was entered is moved on. */
async function gone(o, way, m, before) {
  const { kind } = way
  const read = async (k, id) => (await o.w.get(`${o.inst}/records/${k}/${id}`)).fields
  let id = way.id
  if (way.what === 'new') {
    const find = async (k, f) => (await o.w.get(`${o.inst}/records/${k}?limit=2&${f.map((x) => 'filter=' + encodeURIComponent(x)).join('&')}`)).items.map((x) => x.id)
    const given = { ...(await complete(o.kinds, way, { kind: o.kinds.get(m.subject.kind), id: m.subject.id }, read, find)), ...way.given }
    const r = await o.w.send('POST', `${o.inst}/records/${kind.kind}`, { fields: await filled(o, kind, given) })
    if (r.status !== 201) return before
    id = r.json.id
  } else {
    id ||= (await read(m.subject.kind, m.subject.id))[way.field]
    if (!id) return before
    await o.w.send('PATCH', `${o.inst}/records/${kind.kind}/${id}`, { fields: await filled(o, kind, {}, await read(kind.kind, id)) })
  }
  const now = await said(o, m, before)
  return now !== before ? now : movedOn(o, kind, id, m, before)
}

/** Every way names what is there: kinds and fields of the packs, options that exist, records of the right kind. */
async function sane(o, { key, miss, of }, ways) {
  assert.ok(ways.length > 0 && ways.length <= 6, `${key} has ${ways.length} ways`)
  assert.equal(new Set(ways.map((w) => w.what + w.kind.kind + w.id + JSON.stringify(w.given))).size, ways.length, `${key} offers a form twice`)
  for (const w of ways) {
    assert.ok(o.kinds.has(w.kind.kind), key)
    for (const [name, value] of Object.entries(w.given)) {
      const f = w.kind.fields.find((x) => x.name === name)
      assert.ok(f, `${key}: ${w.kind.kind} has no ${name}`)
      if (f.options) for (const v of value.split(',')) assert.ok(f.options.some((x) => x.id === v), `${key}: ${name} has no ${v}`)
      if (f.type === 'ref') assert.equal((await o.w.get(`${o.inst}/records/${f.to}/${value}`)).id, value, key)
    }
    if (w.id) assert.equal((await o.w.get(`${o.inst}/records/${w.kind.kind}/${w.id}`)).id, w.id, key)
  }
  // Of what is not there at all, that is what is entered first.
  if (!miss.subject.id) assert.deepEqual([ways[0].what, ways[0].kind.kind], ['new', miss.subject.kind], `${key} for ${of.kind}`)
}

/** Which way turned what is said: 0 the first, -1 none of `most`; null where an earlier one has changed it already. */
async function turning(o, one, most) {
  const { miss } = one
  const ways = waysOut(o.kinds, o.requirements.get(miss.requirement), miss, one.of).slice(0, most)
  const before = `${miss.status} ${miss.code} ${miss.reason.zh}`
  if ((await said(o, miss, undefined)) !== before) return null
  for (const [i, way] of ways.entries()) if ((await gone(o, way, miss, before)) !== before) return i
  return -1
}

let fresh
let example
before(async () => {
  fresh = await world('own', {
    clock: '2026-11-23T10:00:00+08:00',
    institution: { code: 'hyzq', name: '华源证券股份有限公司', type: 'client', licence: ['securities'] },
  })
  example = await world('example')
  const file = join(fresh.dir, 'ways.mjs')
  const src = fileURLToPath(new URL('../src', import.meta.url))
  await build({ entryPoints: [join(src, 'lib/ways.ts')], bundle: true, format: 'esm', outfile: file, alias: { '@': src }, logLevel: 'error' })
  ;({ waysOut, complete } = await import(pathToFileURL(file)))
})
after(async () => {
  await fresh.stop()
  await example.stop()
})

test('one deployment of each model at each gate: the first form offered changes what is said', async (t) => {
  const o = await opened(fresh, 'hyzq')
  const made = async (kind, fields, state) => {
    const r = await o.w.send('POST', `${o.inst}/records/${kind}`, { fields, ...(state ? { state } : {}) })
    assert.equal(r.status, 201, JSON.stringify(r.json))
    return r.json.id
  }
  for (const n of ['甲', '乙', '丙']) await made('person', { number: n, name: '人员' + n })
  for (const model of MODELS) {
    const system = await made('system', { code: 'S-' + model, name: '系统' + model })
    const provider = await made('provider', { name: '受托方' + model })
    const platform = await made('platform', { provider, name: '平台' + model, model })
    for (const x of o.kinds.get('deployment').transitions.filter((y) => y.gated)) await made('deployment', { system, platform, name: model + ' ' + x.id, model }, x.from[0])
  }
  const all = await missing(o)
  assert.ok(all.length > 100, `${all.length} misses`)
  for (const one of all) await sane(o, one, waysOut(o.kinds, o.requirements.get(one.miss.requirement), one.miss, one.of))
  const turned = []
  for (const one of all.filter((x) => x.miss.subject.id)) turned.push([one.key, await turning(o, one, 2)])
  const tried = turned.filter(([, n]) => n !== null)
  const first = tried.filter(([, n]) => n === 0)
  t.diagnostic(`${all.length} misses; tried ${tried.length}, turned by the first form ${first.length}`)
  t.diagnostic(JSON.stringify(tried.filter(([, n]) => n !== 0)))
  assert.ok(tried.length >= 20, `${tried.length} were tried`)
  assert.deepEqual(tried.filter(([, n]) => n === -1), [])
  assert.ok(first.length >= 0.9 * tried.length, JSON.stringify(tried))
})

test('a button leads to the form with what it is about filled in', async () => {
  // The deployment whose gate misses the end of an access; what is sent later changes that.
  const leaving = (await missing(await opened(example, 'lxzq'))).find((x) => x.key === '8.1.1-3 pending').of
  assert.equal(leaving.kind, 'deployment')
  const page = await example.open(`/journeys/${leaving.id}`)
  await settled(page)
  const button = page.locator('[data-test=misses] [data-way=access_revocation]').first()
  await button.waitFor()
  assert.match(await button.innerText(), /为“.+”登记/)
  await button.click()
  await page.waitForURL(/records\/access_revocation\/new\?access_grant=[0-9a-f-]{36}/)
  await page.locator('[data-field=access_grant]').waitFor()
  await sound(page)
})

test('everything missing in the example: forms that exist; a sample of them changes what is said', async (t) => {
  const o = await opened(example, 'lxzq')
  const all = await missing(o)
  assert.ok(all.length >= 15, `${all.length} misses`)
  for (const one of all) await sane(o, one, waysOut(o.kinds, o.requirements.get(one.miss.requirement), one.miss, one.of))
  // The clearing of a medium, the end of an access, a review, a confirmation: each is about something else of the exit or
  // the deployment. Later ones may have been changed by earlier ones.
  const sample = ['5.3.1-3 none', '6.4.1-5 none', '8.1.1-3 pending', '8.1.1-5 pending', '8.2.2-3 weaker']
  for (const key of sample) {
    const one = all.find((x) => x.key === key)
    assert.ok(one, `${key} is missing in the example no more: ${all.map((x) => x.key)}`)
    assert.equal(await turning(o, one, 1), 0, key)
  }
  t.diagnostic(`${all.length} misses`)
})
