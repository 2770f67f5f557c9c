import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Manager, type Remote, SharedLock, SharedQueue } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { choose, picture, Viewer } from './viewer.ts'

leaveNothing()

describe('the page of what waits for what', { timeout: 120_000 }, () => {
  let viewer: Viewer
  let manager: Manager
  let inspector: Inspector
  let page: Page
  let clients: Manager[]

  before(async () => {
    viewer = await Viewer.start()
    manager = await Manager.serve()
    inspector = await Inspector.open(manager)
    page = await viewer.open(inspector.url())
    await choose(page, 'Waits')
    clients = await Promise.all([1, 2, 3].map(() => Manager.connect(manager.address, { authkey: manager.authkey })))
    await manager.named('north', SharedLock)
    await manager.named('south', SharedLock)
  })
  after(async () => {
    await (viewer as Viewer | undefined)?.[Symbol.asyncDispose]()
    await Promise.all([...clients, inspector].map((each) => each.close()))
    await manager.close()
  })

  it('shows who waits for a lock, and who has it, for as long as that is so', async () => {
    await page.getByText('Nothing waits.').waitFor()
    const [holder, waiter] = [await lock(0, 'north'), await lock(1, 'north')]
    await holder.acquire()
    const waiting = waiter.acquire()
    const row = page.getByRole('row', { name: /north\.acquire/ })
    await row.waitFor()
    const [had, waits] = [await sessionOf(0), await sessionOf(1)]
    assert.equal(await row.getByRole('cell').first().textContent(), `${waits} (process ${process.pid})`)
    assert.match(
      (await row.getByRole('cell').nth(3).textContent()) ?? '',
      new RegExp(`^${had} \\(process .*\\) for \\d`),
    )
    const drawing = page.getByRole('img', { name: /Who waits for whom/ })
    assert.deepEqual(await drawing.locator('.edge.stuck').count(), 0)
    for (const text of [`session ${had}`, `session ${waits}`, 'north']) await drawing.getByText(text).first().waitFor()
    await holder.release()
    await waiting
    await waiter.release()
    await page.getByText('Nothing waits.').waitFor()
  })

  it('draws a deadlock in red, and who only waits for it too, and says so', async () => {
    const [first, second] = [await lock(0, 'north'), await lock(1, 'south')]
    await first.acquire()
    await second.acquire()
    const waits = [await lock(0, 'south'), await lock(1, 'north'), await lock(2, 'north')].map((each) => each.acquire())
    await page.getByText("Deadlock: 3 sessions can't go on.").waitFor()
    const drawing = page.getByRole('img', { name: /Who waits for whom/ })
    assert.equal(await drawing.locator('.edge.wait.stuck').count(), 3)
    assert.equal(await drawing.locator('.edge.hold.stuck').count(), 2)
    const red = await drawing
      .locator('.edge.stuck path')
      .first()
      .evaluate((path) => getComputedStyle(path).stroke)
    assert.equal(red, 'rgb(194, 32, 47)')
    await picture(page, 'waits')
    await first.release()
    await eventually('it is none any more', async () =>
      (await drawing.locator('.stuck').count()) === 0 ? true : undefined,
    )
    await waits[1]
    await second.release()
    await waits[0]
    await (await lock(1, 'north')).release()
    await waits[2]
    await (await lock(2, 'north')).release()
    await (await lock(0, 'south')).release()
    await page.getByText('Nothing waits.').waitFor()
  })

  it('shows who waits for a queue that nobody has', async () => {
    const queue = await manager.named('work', SharedQueue<string>)
    const taken = queue.get()
    await page.getByRole('row', { name: /work\.get/ }).waitFor()
    await queue.put('done')
    await taken
    await page.getByText('Nothing waits.').waitFor()
  })

  it('leads to the session and to the referent', async () => {
    const [holder, waiter] = [await lock(0, 'north'), await lock(1, 'north')]
    await holder.acquire()
    const waiting = waiter.acquire()
    await page.getByRole('row').getByRole('link', { name: 'north' }).click()
    await page.getByRole('heading', { name: 'north' }).waitFor()
    const held = page.getByRole('table', { name: 'Held by' })
    await held.getByRole('link', { name: await sessionOf(0), exact: true }).click()
    await page.getByRole('heading', { name: `Session ${await sessionOf(0)}` }).waitFor()
    await page.getByRole('table', { name: 'Holds references to' }).getByRole('link', { name: 'north' }).waitFor()
    await holder.release()
    await waiting
    await waiter.release()
  })

  function lock(client: number, name: string): Promise<Remote<SharedLock>> {
    const of = clients[client]
    assert.ok(of)
    return of.lookup<SharedLock>(name)
  }

  /** The id of a client's session: they came in that order, after the server's own. */
  async function sessionOf(client: number): Promise<string> {
    const { sessions } = await manager.inspect()
    return sessions[client + 1]?.id ?? ''
  }
})
