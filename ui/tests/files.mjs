// SPDX-License-Identifier: Apache-2.0
// The page's sources, for tests that read them: { name, text } of each, those that are generated left out.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ui = fileURLToPath(new URL('..', import.meta.url))
export const src = join(ui, 'src')

function walk(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (name === 'generated') return []
    return statSync(path).isDirectory() ? walk(path) : /\.(ts|vue)$/.test(name) ? [path] : []
  })
}
export const files = walk(src).map((path) => ({ name: relative(src, path), text: readFileSync(path, 'utf8') }))
