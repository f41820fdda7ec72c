// SPDX-License-Identifier: Apache-2.0
// Compress the files that Vite made, put them one behind the other, and write the C table that finds them:
//     node pack.mjs DIST OUT.bin OUT.c
// The table takes the bytes from @BIN@, which tools/ui replaces by the file's path.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { extname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'

const [dist, outBin, outCode] = process.argv.slice(2)
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

function walk(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? walk(path) : [path]
  })
}

const rows = []
const pieces = []
let offset = 0
const paths = walk(dist).map((path) => ({ path, name: relative(dist, path) }))
paths.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
for (const { path, name } of paths) {
  const type = types[extname(name)]
  if (!type || !/^[A-Za-z0-9._/-]+$/.test(name)) throw new Error(`the page cannot serve ${name}`)
  const bytes = readFileSync(path)
  const z = gzipSync(bytes, { level: 9 })
  const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  const forEver = name.startsWith('assets/') && /-[A-Za-z0-9_-]{8}\./.test(name)
  rows.push(
    `    { "${name}", "${type}", "\\"${etag}\\"", yj_page_bytes + ${offset}, ${z.length}, ${bytes.length}, ${forEver} },`,
  )
  pieces.push(z)
  offset += z.length
}
writeFileSync(outBin, Buffer.concat(pieces))
const digest = createHash('sha256').update(Buffer.concat(pieces)).digest('hex')
writeFileSync(
  outCode,
  `/* Made by ui/pack.mjs. ${digest} */
#include "api/page.h"

extern const unsigned char yj_page_bytes[];
__asm__(".section .rodata\\n"
        ".global yj_page_bytes\\n"
        ".balign 16\\n"
        "yj_page_bytes:\\n"
        ".incbin \\"@BIN@\\"\\n"
        ".byte 0\\n"
        ".text\\n");

static const yj_page_file files[] = {
${rows.join('\n')}
};
const yj_page yj_page_built = { files, sizeof files / sizeof files[0] };
`,
)
