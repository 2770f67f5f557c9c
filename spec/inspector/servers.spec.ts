import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Manager, type Remote } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Clerk } from './clerk.ts'
import { choose, untilShown, Viewer } from './viewer.ts'

leaveNothing()

describe('the page of a manager with two servers', { timeout: 120_000 }, () => {
  let viewer: Viewer
  let manager: Manager
  let inspector: Inspector
  let page: Page
  let near: Remote<Clerk>
  let far: Remote<Clerk>

  before(async () => {
    viewer = await Viewer.start()
    manager = await Manager.start({ servers: 2, restart: 'on-failure' })
    inspector = await Inspector.open(manager)
    near = await manager.withOptions({ on: 0 }).create(Clerk)
    far = await manager.withOptions({ on: 1 }).create(Clerk)
    page = await viewer.open(inspector.url())
  })
  after(async () => {
    await (viewer as Viewer | undefined)?.[Symbol.asyncDispose]()
    await inspector.close()
    await manager.close()
  })

  it('draws a chain of calls over both of them along the time', async () => {
    const [first, second] = await pids()
    await choose(page, 'Calls')
    const row = page.getByRole('row', { name: new RegExp(`0: process ${first} .*relay`) })
    const lines = page.getByRole('list', { name: 'Chain of calls' }).getByRole('listitem')
    await eventually('the chain is whole', async () => {
      await untilShown(row, () => near.relay(far, 1))
      await row.first().getByRole('button', { name: 'relay' }).click()
      return (await lines.count()) === 2 ? true : undefined
    })
    const [relay = '', stamp = ''] = await lines.allTextContents()
    assert.match(relay, new RegExp(`^Clerk\\.relay of s\\d+ at server 0: process ${first}`))
    assert.match(stamp, new RegExp(`^Clerk\\.stamp of s\\d+ at server 1: process ${second}`))
    const [outer = 0, inner = 0] = await lines
      .locator('.bar')
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().left))
    assert.ok(inner > outer + 50, `${outer} ${inner}`)
    await page.getByRole('button', { name: 'Close' }).click()
  })

  it('leads from a call to what it was of, at the server where that is', async () => {
    const [, second] = await pids()
    const row = page.getByRole('row', { name: new RegExp(`1: process ${second} .*stamp`) })
    await untilShown(row, () => far.stamp(1))
    await row.first().getByRole('link').first().click()
    await untilShown(page.getByRole('table', { name: 'Calls since this page looks at it' }), () => far.stamp(1))
    assert.equal(await page.getByLabel('Server').inputValue(), '1')
  })

  it('shows what the server has that is chosen', async () => {
    for (const [server, pid] of (await pids()).entries()) {
      await page.getByLabel('Server').selectOption(String(server))
      await page.getByText(new RegExp(`^server: process ${pid} of `)).waitFor()
      await choose(page, 'Referents')
      await page.getByRole('searchbox').fill('Clerk')
      await page.getByText('1 referent found').waitFor()
    }
  })

  it('goes on with one of them while the other is away, and with both when that is there again', async () => {
    await choose(page, 'Calls')
    const restarted = once(manager, 'restart')
    process.kill((await pids())[1] ?? 0, 'SIGKILL')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await untilShown(page.getByRole('row', { name: /0: process .*stamp/ }), () => near.stamp(1))
    await within('the restart', restarted)
    const [, again] = await pids()
    const another = await manager.withOptions({ on: 1 }).create(Clerk)
    await untilShown(page.getByRole('row', { name: new RegExp(`1: process ${again} .*stamp`) }), () => another.stamp(1))
    await eventually('nothing is wrong', async () => ((await page.getByRole('alert').count()) === 0 ? true : undefined))
  })

  it('goes on with one of them when the other has ended', async () => {
    await using own = await Manager.start({ servers: 2 })
    await using looked = await Inspector.open(own)
    const clerk = await own.withOptions({ on: 0 }).create(Clerk)
    const looking = await viewer.open(looked.url())
    await choose(looking, 'Calls')
    await untilShown(looking.getByRole('row', { name: /stamp/ }), () => clerk.stamp(1))
    process.kill((await pids(own))[1] ?? 0, 'SIGKILL')
    await looking.getByRole('option', { name: '1: ended' }).waitFor({ state: 'attached' })
    await untilShown(looking.getByRole('row', { name: /letter/ }), () => clerk.letter(1))
    await eventually('nothing is wrong', async () =>
      (await looking.getByRole('alert').count()) === 0 ? true : undefined,
    )
    await looking.context().close()
  })

  async function pids(of: Manager = manager): Promise<readonly number[]> {
    const { servers } = await of.inspect()
    return servers.flatMap((server) => server?.pid ?? [])
  }
})
