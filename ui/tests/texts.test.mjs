// SPDX-License-Identifier: Apache-2.0
// The page's own texts: every key that is asked for is there in both languages, with the same values to fill in, and
// no text stands outside text/.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { build } from 'esbuild'
import { files, src } from './files.mjs'

async function texts() {
  const out = await build({ entryPoints: [join(src, 'text/all.ts')], bundle: true, write: false, format: 'esm', platform: 'neutral' })
  return (await import('data:text/javascript;base64,' + Buffer.from(out.outputFiles[0].text).toString('base64'))).all
}

function flat(tree, prefix = '') {
  return Object.entries(tree).flatMap(([k, v]) => (typeof v === 'string' ? [[prefix + k, v]] : flat(v, prefix + k + '.')))
}

test('every key that is asked for is there, in both languages', async () => {
  const { zh, en } = await texts()
  const [a, b] = [new Map(flat(zh)), new Map(flat(en))]
  assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort())
  const missing = []
  let asked = 0
  for (const f of files) {
    const code = f.text.replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\//g, '')
    for (const m of code.matchAll(/\bt\(\s*'([a-z0-9_.]+)'\s*([+,)?])/gi)) {
      asked++
      const [, key, next] = m
      const there = next === '+' ? [...a.keys()].some((k) => k.startsWith(key)) : a.has(key)
      if (!there) missing.push(`${f.name}: ${key}`)
    }
  }
  assert.ok(asked > 100, `only ${asked} found: does this look in the right way?`)
  assert.deepEqual(missing, [])
})

test('both languages fill in the same values, and nothing is empty', async () => {
  const { zh, en } = await texts()
  const other = new Map(flat(en))
  const values = (s) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join(' ')
  // A text that counts has one form for one and one for any other number, with the same values in both.
  const same = (v, k) => other.get(k).split('|').every((form) => form.trim() && values(v) === values(form))
  const bad = flat(zh).filter(([k, v]) => !v.trim() || !same(v, k)).map(([k]) => k)
  assert.deepEqual(bad, [])
})

test('in English one is not many', async () => {
  const { en } = await texts()
  const bad = flat(en).filter(([, v]) => /\{n\} (?:[a-z]+ )?(?:days|rows|items|entries|verdicts|requirements|deployments|problems|findings|periods|records|passages|pages)\b/.test(v) && !v.includes('|') && !/at most|last|first|^All|^In/.test(v)).map(([k, v]) => `${k}: ${v}`)
  assert.deepEqual(bad, [])
})

test('no Chinese stands outside the texts', () => {
  const bad = []
  for (const f of files) {
    if (f.name.startsWith('text/') || f.name === 'api/client.ts') continue
    const code = f.text.replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    code.split('\n').forEach((line, i) => {
      if (/\p{Script=Han}/u.test(line)) bad.push(`${f.name}:${i + 1}: ${line.trim().slice(0, 80)}`)
    })
  }
  assert.deepEqual(bad, [])
})
