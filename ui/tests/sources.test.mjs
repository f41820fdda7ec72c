// SPDX-License-Identifier: Apache-2.0
// How the page is built from Element Plus: what would be slow, or without its style, and is not seen at once.
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { files, ui } from './files.mjs'

const elements = join(ui, 'node_modules/element-plus')

// A box with forty options that nobody opens is half the work of a page otherwise (docs/decisions/0098).
test('what can be chosen from a box is drawn when it is opened', () => {
  const boxes = files.flatMap((f) => [...f.text.matchAll(/<ElSelect\b((?:[^>"]|"[^"]*")*)>/g)].map((m) => ({ name: f.name, text: m[1] })))
  assert.ok(boxes.length > 20, `only ${boxes.length} found: does this look in the right way?`)
  assert.deepEqual(boxes.filter((b) => !b.text.includes(':persistent="false"')).map((b) => b.name), [])
})

/** The styles of a part and of those that it is made of, as the package itself lists them. */
function styles(part, seen, found) {
  if (seen.has(part)) return
  seen.add(part)
  for (const [, from] of readFileSync(join(elements, 'es/components', part, 'style/css.mjs'), 'utf8').matchAll(/import "([^"]+)"/g)) {
    const inner = /^\.\.\/\.\.\/([^/]+)\/style\/css/.exec(from)
    if (inner) styles(inner[1], seen, found)
    else if (statSync(join(ui, 'node_modules', from)).size) found.add(from)
  }
}

test('every part of Element Plus that is used has its style, and no other is loaded', () => {
  const used = new Set(files.flatMap((f) => [...f.text.matchAll(/import \{([^}]*)\} from 'element-plus'/g)].flatMap((m) => m[1].match(/\bEl[A-Z]\w*/g) ?? [])))
  assert.ok(used.size > 20, `only ${used.size} found: does this look in the right way?`)
  const wanted = new Set()
  const seen = new Set()
  for (const name of used) styles(name.slice(2).replace(/(?!^)[A-Z]/g, '-$&').toLowerCase(), seen, wanted)
  const loaded = [...readFileSync(join(ui, 'src/elements.css'), 'utf8').matchAll(/@import '([^']+)'/g)].map((m) => m[1])
  assert.deepEqual([...loaded].sort(), [...wanted].sort())
})
