// SPDX-License-Identifier: Apache-2.0
// The page in a real browser, against a real server. Each test file has a server of its own on a copy of the example
// (or on an empty installation), on a free port of loopback, in a temporary folder; both are stopped by their own
// process ids.
//
//     YJ_PROGRAM   the program, build/yunjian by default
//     YJ_EXAMPLE   an installation with the example, made once (tests/run makes it)
//     YJ_CHROMIUM  another browser than Debian's
//     YJ_SHOTS     a folder for screenshots; without it none are taken
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
export const program = process.env.YJ_PROGRAM ?? join(root, 'build/yunjian')
let axeText
const axeSource = () => (axeText ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))

export const DESKTOP = { width: 1360, height: 860 }
export const PHONE = { width: 390, height: 844 }

/** Start a server on the folder; resolves when it listens. @param more options; by default nobody has to sign in */
export function serve(data, listen = '127.0.0.1:0', more = ['--open']) {
  return new Promise((done, fail) => {
    const child = spawn(program, ['serve', '--data', data, '--listen', listen, ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stderr.on('data', (b) => (err += b))
    child.stdout.on('data', (b) => {
      out += b
      const m = /listening on (http:\S+)/.exec(out)
      if (m) done({ url: m[1], pid: child.pid, child, stop: () => stop(child), log: () => err, said: () => out })
    })
    child.on('exit', (code) => fail(new Error(`serve ended with ${code}: ${err}`)))
  })
}

function stop(child) {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    child.removeAllListeners('exit')
    child.on('exit', done)
    child.kill('SIGTERM')
  })
}

/** Run the program and give its standard output. */
export function run(...args) {
  const r = spawnSync(program, args, { encoding: 'utf8' })
  if (r.error) throw r.error
  return r
}

let browser
/* Debian's Chromium without what draws windows takes half the time for the same pages (docs/decisions/0099); `whole` is the
 * one that people use, which shows a PDF. */
async function theBrowser(whole) {
  browser ??= await chromium.launch({
    executablePath: process.env.YJ_CHROMIUM ?? (whole ? '/usr/bin/chromium' : '/usr/bin/chromium-headless-shell'),
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--font-render-hinting=none',
    ],
  })
  return browser
}

/**
 * A world for a test file: { url, data, api, page(options), stop }.
 * @param kind 'example' (a copy), 'empty' (an installation without an institution), or 'own' (one institution)
 * @param options `whole`: in the browser that people use; `signIn`: people have to sign in. Of the last two kinds: `packs`, folders of packs, core first, by
 *                default those beside the program; `clock`, the instant at which a simulated clock stands; `institution`,
 *                fields of the one institution
 */
export async function world(kind = 'example', { packs = [], clock = '', institution, whole = false, signIn = false } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'yj-page-'))
  const data = join(dir, 'data')
  if (kind === 'example') {
    assert.ok(process.env.YJ_EXAMPLE, 'YJ_EXAMPLE names an installation with the example')
    cpSync(process.env.YJ_EXAMPLE, data, { recursive: true })
  } else {
    const given = [...(clock ? ['--simulated-clock', clock] : []), ...(packs.length ? ['--packs', ...packs] : [])]
    const made = run('init', data, ...given)
    assert.equal(made.status, 0, made.stderr)
    if (kind === 'own' && institution) {
      writeFileSync(join(dir, 'institution.json'), JSON.stringify(institution))
      assert.equal(run('institution', 'add', join(dir, 'institution.json'), '--data', data).status, 0)
    } else if (kind === 'own') {
      assert.equal(run('institution', 'add', '--data', data, '--code', 'hyzq', '--name', '华源证券股份有限公司').status, 0)
    }
  }
  let server = await serve(data, undefined, signIn ? [] : undefined)
  const contexts = []
  const w = {
    url: server.url,
    data,
    server,
    dir,
    /** An own browser context: language, width, acting person; its console errors and policy violations fail the test. */
    async open(path = '/', { lang = 'zh', size = DESKTOP, person = '', institution = '' } = {}) {
      const b = await theBrowser(whole)
      const context = await b.newContext({ viewport: size, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
      contexts.push(context)
      await context.addInitScript(
        ([lang, person, inst]) => {
          // The browser's own frames (a PDF's viewer) have no storage.
          if (window.localStorage && !localStorage.getItem('yunjian')) localStorage.setItem('yunjian', JSON.stringify({ lang, person, inst }))
          window.__violations = []
          document.addEventListener('securitypolicyviolation', (e) => window.__violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile ?? ''}`))
        },
        [lang, person, institution],
      )
      const page = await context.newPage()
      page.setDefaultTimeout(40000) // three at a time on two processors, with sanitizers beside them
      page.problems = []
      // Nothing is fetched from anywhere but the server, not a font, not a picture; the viewer of PDFs is the browser's own.
      page.on('request', (r) => {
        if (!r.url().startsWith(server.url + '/') && !/^(data|blob|chrome|chrome-extension):/.test(r.url())) page.problems.push(`asked elsewhere: ${r.url()}`)
      })
      page.on('pageerror', (e) => page.problems.push(String(e)))
      page.on('console', (m) => {
        if (m.type() === 'error' && !/Failed to load resource|net::ERR/.test(m.text())) page.problems.push(m.text())
      })
      await page.goto(server.url + '/p' + path)
      return page
    },
    /** JSON of the API; `send` with a body. */
    async get(path) {
      const r = await fetch(server.url + '/api/v1' + path)
      assert.ok(r.ok, `${path}: ${r.status} ${r.ok ? '' : await r.text()}`)
      return r.json()
    },
    async send(method, path, body, headers = {}) {
      const r = await fetch(server.url + '/api/v1' + path, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) })
      return { status: r.status, etag: r.headers.get('etag'), json: await r.json().catch(() => null) }
    },
    /** Another server on the same installation: with other options of `serve`, after what `between` does to it. */
    async restart(more, between = () => undefined) {
      await server.stop()
      await between()
      server = await serve(data, undefined, more)
      w.url = server.url
      w.server = server
    },
    async stop() {
      for (const c of contexts) await c.close()
      await browser?.close()
      browser = undefined
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return w
}

/** Nothing went wrong that a person would not see: no script error, no breach of the policy, no request elsewhere. */
export async function sound(page) {
  assert.deepEqual(page.problems, [])
  assert.deepEqual(await page.evaluate(() => window.__violations ?? []), [])
}

/** Wait until nothing moves: a list that is still closing, or a message that fades in, has the contrast and the focus of
 * neither state. What never ends by itself (a bar that turns while it waits) is not waited for. */
async function still(page) {
  await page.waitForFunction(
    () =>
      !document.querySelector('[class*="-enter-active"], [class*="-leave-active"]') &&
      document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getComputedTiming().endTime === Infinity),
  )
}

/** No serious violation of WCAG 2.2 AA on what is shown. */
export async function accessible(page, what = page.url()) {
  await still(page)
  // Once for a document: half a megabyte of script is not parsed again for every state of the same page.
  if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axeSource())
  const found = await page.evaluate(async () => {
    // Only what is wrong is described, and nothing is fetched again for rules about sound, which no page has.
    const r = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'], preload: false })
    return r.violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.failureSummary ?? '').split('\n').slice(1, 2)).join(' | ')}`)
  })
  assert.deepEqual(found, [], what)
}

export async function shot(page, name, { full = false } = {}) {
  if (!process.env.YJ_SHOTS) return
  mkdirSync(process.env.YJ_SHOTS, { recursive: true })
  await page.waitForTimeout(350)
  await page.screenshot({ path: join(process.env.YJ_SHOTS, name + '.png'), fullPage: full })
}

/** Wait until nothing is being read any more. */
export async function settled(page) {
  await page.locator('[data-test=title]').first().waitFor()
  await page.waitForFunction(() => !document.querySelector('.el-skeleton'))
}

/** Does something that saves, and waits until the server took the write and the page said so. A message alone may still
 * be that of the write before. */
export async function saved(page, act) {
  const written = page.waitForResponse((r) => ['POST', 'PATCH'].includes(r.request().method()) && /\/records\//.test(r.url()) && r.ok())
  await act()
  try {
    await written
  } catch (e) {
    const says = await page.locator('.el-dialog:visible, .el-message, main').allInnerTexts()
    throw new Error(`nothing was saved; the page says: ${says.join(' | ').slice(0, 2000)}`, { cause: e })
  }
  await page.locator('.el-message--success').first().waitFor()
}

/** To another view as by a link: the page stays loaded. */
export async function follow(page, path) {
  await page.evaluate((to) => {
    for (const e of document.querySelectorAll('[data-test=title]')) e.setAttribute('data-left', '')
    history.pushState({}, '', to)
    dispatchEvent(new PopStateEvent('popstate', { state: null }))
  }, '/p' + path)
  await page.waitForFunction(() => !document.querySelector('[data-left]'))
  await settled(page)
}

/** How much wider than the screen the page is; more than nothing means that it scrolls sideways. */
export const wider = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** Every place of a part of the page, in both languages and both widths: opens, is accessible, fits the screen. At the
 * width of a phone English differs from Chinese in what fits only, so axe looks at one of them. */
export async function walkTabs(w, path, tabs, name) {
  for (const [lang, size] of [['zh', DESKTOP], ['en', DESKTOP], ['zh', PHONE], ['en', PHONE]]) {
    const page = await w.open(path, { lang, size })
    await settled(page)
    for (const tab of tabs) {
      await page.locator(`[data-tab=${tab}]`).click()
      await page.locator(`[data-tab=${tab}][aria-current=page]`).waitFor()
      await settled(page)
      if (lang === 'zh' || size === DESKTOP) await accessible(page, `${lang} ${tab}`)
      await shot(page, `${name}-${tab}-${lang}${size === PHONE ? '-phone' : ''}`)
      assert.ok((await wider(page)) <= 0, `${tab} is wider than the screen in ${lang}`)
    }
    await sound(page)
    await page.context().close()
  }
}

export { assert, join, writeFileSync }
