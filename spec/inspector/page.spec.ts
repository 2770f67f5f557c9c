import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Manager, SharedLock, SharedMap } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { choose, picture, Viewer } from './viewer.ts'

/** What would run, were any of it taken for HTML. */
const evil = `"><img src=x onerror="globalThis.evil = 1"><script>globalThis.evil = 1</script>{{evil}}`

leaveNothing()

describe("the inspector's page", { timeout: 120_000 }, () => {
  let viewer: Viewer
  let manager: Manager
  let inspector: Inspector
  let page: Page

  before(async () => {
    viewer = await Viewer.start()
    manager = await Manager.serve()
    inspector = await Inspector.open(manager)
    page = await viewer.open(inspector.url())
  })
  after(async () => {
    await (viewer as Viewer | undefined)?.[Symbol.asyncDispose]()
    await (inspector as Inspector | undefined)?.close()
    await (manager as Manager | undefined)?.close()
  })

  it('opens by a link, whose token is in no address from then on, and again when it is loaded anew', async () => {
    const url = inspector.url()
    const own = await viewer.open(url)
    await own.getByRole('heading', { name: 'Calls per second' }).waitFor()
    assert.equal(new URL(own.url()).hash, '#/')
    await own.reload()
    await own.getByRole('heading', { name: 'Calls per second' }).waitFor()
    await own.context().close()
  })

  it('has nothing to show without a token, and with one that was used', async () => {
    const used = inspector.url()
    await (await viewer.open(used)).getByRole('navigation').waitFor()
    for (const url of [`http://127.0.0.1:${inspector.port}/`, used, `http://127.0.0.1:${inspector.port}/#/referents`]) {
      const stranger = await viewer.open(url)
      await stranger.getByText('This page opens by a link of the inspector, which works once.').waitFor()
      const text = (await stranger.textContent('body')) ?? ''
      assert.ok(!text.includes(String(process.pid)), text)
      await stranger.context().close()
    }
  })

  it('loads nothing from elsewhere', async () => {
    const own = await viewer.open('about:blank')
    const hosts = new Set<string>()
    own.on('request', (request) => hosts.add(new URL(request.url()).host))
    own.on('websocket', (webSocket) => hosts.add(new URL(webSocket.url()).host))
    await own.goto(inspector.url())
    await own.getByRole('heading', { name: 'Typeids' }).waitFor()
    assert.deepEqual([...hosts], [`127.0.0.1:${inspector.port}`])
    await own.context().close()
  })

  it('shows how many calls there are, and plots them', async () => {
    const map = await manager.create(SharedMap)
    const calling = new AbortController()
    const calls = (async () => {
      while (!calling.signal.aborted) await map.set('key', 1)
    })()
    await choose(page, 'Overview')
    const panel = page.getByRole('region', { name: 'Calls per second' })
    await eventually('calls are counted', async () =>
      Number((await panel.locator('dd').first().textContent())?.replaceAll(/\D/g, '')) > 100 ? true : undefined,
    )
    const latency = page.getByRole('region', { name: 'How long calls take' }).locator('dd').last()
    await eventually('their time is measured', async () =>
      /\d (?:µs|ms)$/.test((await latency.textContent()) ?? '') ? true : undefined,
    )
    assert.ok((await panel.locator('canvas').count()) === 1)
    await picture(page, 'overview')
    calling.abort()
    await calls
  })

  it('finds referents by a part of what they are, and sorts them', async () => {
    await manager.named('front door', SharedLock)
    await manager.named('back door', SharedLock)
    await choose(page, 'Referents')
    await page.getByRole('searchbox', { name: 'Typeid, name or id' }).fill('DOOR')
    await page.getByText('2 referents found').waitFor()
    const names = async () => page.locator('tbody td:nth-child(3)').allTextContents()
    await page.getByRole('button', { name: 'Name' }).click()
    await eventually('sorted', async () => ((await names()).join() === 'back door,front door' ? true : undefined))
    assert.equal(await page.locator('th', { hasText: 'Name' }).getAttribute('aria-sort'), 'ascending')
    await page.getByRole('button', { name: 'Name' }).click()
    await eventually('sorted', async () => ((await names()).join() === 'front door,back door' ? true : undefined))
    for (const name of ['front door', 'back door']) await manager.forget(name)
    await page.getByText('0 referents found').waitFor()
  })

  it('shows sessions, and takes away that of a process that was killed', async () => {
    const { address, authkey } = manager
    const env = { ADDRESS_OF_MANAGER: address, AUTHKEY: Buffer.from(authkey.bytes).toString('hex') }
    await using client = await Program.start('./client.ts', import.meta.url, { env })
    await client.line('ready')
    await choose(page, 'Sessions')
    const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name: String(client.pid), exact: true }) })
    await row.waitFor()
    client.kill('SIGKILL')
    await row.waitFor({ state: 'detached' })
  })

  it('shows names and typeids of a stranger as text', async () => {
    await manager.named(evil, SharedMap)
    await choose(page, 'Referents')
    await page.getByRole('searchbox').fill('evil')
    await page.getByRole('cell', { name: evil, exact: true }).waitFor()
    assert.equal(await page.evaluate(() => Reflect.get(globalThis, 'evil') as unknown), undefined)
    assert.equal(await page.locator('img, script:not([src])').count(), 0)
    await manager.forget(evil)
  })

  it('is gone through by keyboard', async () => {
    const own = await viewer.open(inspector.url())
    await own.getByRole('navigation').waitFor()
    for (const tab of ['Overview', 'Referents', 'Sessions']) {
      await own.keyboard.press('Tab')
      assert.equal(await own.evaluate(() => document.activeElement?.textContent), tab)
    }
    await own.keyboard.press('Enter')
    await own.getByRole('searchbox', { name: 'Session, process or host' }).waitFor()
    assert.equal(await own.getByRole('link', { name: 'Sessions', exact: true }).getAttribute('aria-current'), 'page')
    await own.context().close()
  })

  it('says that the server has ended, and goes on when the inspector is there again', async () => {
    const own = await Manager.serve()
    const first = await Inspector.open(own)
    const looking = await viewer.open(first.url())
    await looking.getByRole('heading', { name: 'Typeids' }).waitFor()
    await own.close()
    await looking.getByText(/The server doesn't answer|This server has ended/).waitFor()
    await first.close()
    await looking.getByText('The inspector has ended').waitFor()
    await looking.context().close()
    viewer.problems.splice(0, Infinity)
  })
})
