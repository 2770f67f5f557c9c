import assert from 'node:assert/strict'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import * as referent from 'referent'
import * as extension from 'referent/extension'
import { findFiles } from '../../scripts/find-files.ts'
import { patienceMs } from '../harness/eventually.ts'
import { freePort } from '../harness/free-port.ts'
import { Program } from '../harness/program.ts'
import { runAlone } from '../package/run-alone.ts'

// This module is compiled, and the root of what it is compiled with is a package.
const compiledPackage = fileURLToPath(new URL('../../', import.meta.url))
const vite = pathToFileURL(resolve('site/node_modules/vite/bin/vite.js')).href

describe('the built site, in a browser', () => {
  let server: Program
  let origin = ''
  let browser: Browser
  let context: BrowserContext
  let page: Page
  /** What the browser asked for elsewhere, and what it complained about. */
  let offences: string[]

  before(async () => {
    // What `npm run docs:serve` starts.
    const args = ['preview', 'site', '--host', '127.0.0.1', '--port', await freePort()]
    // On CI it would print in colours otherwise.
    server = await Program.start(vite, import.meta.url, { args, env: { NO_COLOR: '1' } })
    origin = new URL(await server.line('  ➜  Local:')).origin
    browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium' })
  })

  beforeEach(async () => {
    offences = []
    context = await browser.newContext({ baseURL: origin, permissions: ['clipboard-read', 'clipboard-write'] })
    context.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin)
        offences.push(request.url())
    })
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) offences.push(message.text())
    })
    context.on('weberror', (error) => offences.push(error.error().message))
    context.setDefaultTimeout(patienceMs)
    page = await context.newPage()
  })

  afterEach(async () => {
    await context.close()
    assert.deepEqual(offences, [])
  })

  after(async () => {
    // Where `before` failed, there is a server without a browser.
    await (browser as Browser | undefined)?.close()
    await server[Symbol.asyncDispose]()
  })

  it('finds a page by a word in it, whose example runs as it is copied', async () => {
    await page.goto('/')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('searchbox').fill('fencing')
    await page.getByRole('option', { name: 'Locks and friends' }).click()
    await page.waitForURL('**/docs/shared-types.html#locks-and-friends')

    const example = page.locator('#locks-and-friends ~ .language-ts').first()
    await example.hover()
    await example.getByRole('button', { name: 'Copy Code' }).click()
    const lines = (await runProgram(await page.evaluate(() => navigator.clipboard.readText()))).trim().split('\n')
    assert.deepEqual(lines.toSorted(), ['all are here', 'job 1', 'job 2', 'job 3'])
  })

  it('shows what the doc comments promise: of a class, its methods, their errors and their options', async () => {
    await page.goto('/')
    await page.getByRole('link', { name: 'API', exact: true }).first().click()
    await page.getByRole('main').getByRole('link', { name: 'referent', exact: true }).click()
    await page.getByRole('main').getByRole('link', { name: 'Manager', exact: true }).click()
    await shows('Starts, reaches and stops a server that hosts shared objects')
    await shows("Ends this manager's session, and with it all that the session holds")
    await shows('ManagerError CONNECT_FAILED, AUTH_FAILED, PROTOCOL, TIMEOUT, ABORTED')

    await page.getByRole('main').getByRole('link', { name: 'StartOptions' }).first().click()
    await shows('How long the server process may take to be ready, in milliseconds.')
  })

  it('shows the type of proxies', async () => {
    await page.goto('/api/referent/type-aliases/Remote.html')
    await shows('type Remote<T> =')
    await shows('A proxy of a T that lives in another process.')
  })

  it('has a page for each value that the package exports', () => {
    const pages = findFiles(['site/dist/api'], '.html').map((path) => path.replace(/^.*\/|\.html$/g, ''))
    assert.deepEqual(
      Object.keys({ ...referent, ...extension }).filter((name) => !pages.includes(name)),
      [],
    )
  })

  it('fits a narrow screen, where what is wide scrolls by itself', async () => {
    await page.setViewportSize({ width: 360, height: 640 })
    for (const path of findFiles(['site/dist/docs'], '.html')) {
      await page.goto(path.replace('site/dist', ''))
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, path)
    }
  })

  /** Waits until the page shows that. */
  async function shows(text: string): Promise<void> {
    await page.getByRole('main').getByText(text).first().waitFor()
  }
})

/** Runs a program of a user's, who has the package and tsx, and returns what it printed. */
async function runProgram(code: string): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'site-'))
  try {
    await mkdir(join(folder, 'node_modules'))
    await symlink(compiledPackage, join(folder, 'node_modules/referent'), 'junction')
    await symlink(resolve('node_modules/tsx'), join(folder, 'node_modules/tsx'), 'junction')
    await writeFile(join(folder, 'program.mts'), code)
    return await runAlone(folder, ['--import', 'tsx', 'program.mts'])
  } finally {
    await rm(folder, { recursive: true })
  }
}
