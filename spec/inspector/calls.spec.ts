import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Manager, type Remote, SharedMap } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Clerk } from './clerk.ts'
import { PageSocket, tokenOf } from './socket.ts'
import { choose, picture, untilShown, Viewer } from './viewer.ts'

leaveNothing()

describe('the page of calls', { timeout: 120_000 }, () => {
  let viewer: Viewer
  let manager: Manager
  let inspector: Inspector
  let page: Page
  let clerk: Remote<Clerk>

  before(async () => {
    viewer = await Viewer.start()
    manager = await Manager.serve()
    inspector = await Inspector.open(manager, { allowCalls: true })
    clerk = await manager.named('front office', Clerk)
    page = await viewer.open(inspector.url())
  })
  after(async () => {
    await (viewer as Viewer | undefined)?.[Symbol.asyncDispose]()
    await inspector.close()
    await manager.close()
  })

  it('finds a slow call among many', async () => {
    await choose(page, 'Calls')
    await page.getByRole('searchbox', { name: 'Slower than (ms)' }).fill('300')
    const row = page.getByRole('row', { name: /nap/ })
    await untilShown(row, async () => {
      await Promise.all(Array.from({ length: 200 }, () => clerk.stamp(1)))
      await clerk.nap(400)
    })
    assert.equal(await page.getByRole('row', { name: /stamp/ }).count(), 0)
    assert.match((await row.first().getByRole('cell').nth(4).textContent()) ?? '', /^\d+ ms$|^\d.*s$/)
    await page.getByRole('searchbox', { name: 'Slower than (ms)' }).fill('')
    await page.getByLabel('Order').selectOption('slowest')
    await untilShown(page.getByRole('row', { name: /stamp/ }), async () => {
      await clerk.nap(400)
      await clerk.stamp(1)
    })
    await eventually('the slowest is the first', async () =>
      /nap/.test((await page.getByRole('row').nth(1).textContent()) ?? '') ? true : undefined,
    )
    await page.getByLabel('Order').selectOption('newest')
  })

  it('shows the stack of an error', async () => {
    await page.getByLabel('Errors alone').check()
    const row = page.getByRole('row', { name: /refuse/ })
    await untilShown(row, () => clerk.refuse().catch(() => undefined))
    assert.match((await row.first().textContent()) ?? '', /RangeError: the counter is closed/)
    await row.first().getByRole('button', { name: 'refuse' }).click()
    await page.getByText(/RangeError: the counter is closed\s+at Clerk\.refuse .*clerk\./).waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByLabel('Errors alone').uncheck()
  })

  it('draws a chain of calls along the time', async () => {
    const row = page.getByRole('row', { name: /pass/ })
    await untilShown(row, () =>
      clerk.pass(async () => {
        await clerk.nap(50)
        await clerk.stamp(1)
      }),
    )
    await row.first().getByRole('button', { name: 'pass' }).click()
    const lines = page.getByRole('list', { name: 'Chain of calls' }).getByRole('listitem')
    const texts = await lines.allTextContents()
    assert.deepEqual(
      texts.map((text) => /Clerk\.\w+/.exec(text)?.[0]),
      ['Clerk.pass', 'Clerk.nap', 'Clerk.stamp'],
    )
    const lefts = await lines.locator('.bar').evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().left))
    assert.deepEqual(
      lefts,
      lefts.toSorted((one, next) => one - next),
    )
    assert.ok(Number(lefts[2]) > Number(lefts[0]) + 50, String(lefts))
    await picture(page, 'calls')
    await page.getByRole('button', { name: 'Close' }).click()
  })

  it('shows one object: its calls, its snapshot, what a method gives, and how that fails', async () => {
    await choose(page, 'Referents')
    await page
      .getByRole('row', { name: /front office/ })
      .getByRole('link')
      .first()
      .click()
    await page.getByRole('heading', { name: 'front office' }).waitFor()
    await page.getByRole('button', { name: 'Take a snapshot' }).click()
    await page.getByText(/"stamps": \d+/).waitFor()
    const stamps = await clerk.stamp(0)
    await page.getByLabel('Member').selectOption('stamp')
    await page.getByLabel('Arguments as JSON').fill('5')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByText(String(stamps + 5), { exact: true }).waitFor()
    await page.getByRole('table', { name: 'Calls since this page looks at it' }).getByText('stamp').first().waitFor()
    await page.getByLabel('Arguments as JSON').fill('5 5')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByText(/the arguments are no JSON/).waitFor()
    await page.getByLabel('Member').selectOption('refuse')
    await page.getByLabel('Arguments as JSON').fill('')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByText('RangeError: the counter is closed', { exact: true }).waitFor()
    await page.getByLabel('Member').selectOption('shown')
    await page.getByRole('button', { name: 'Call', exact: true }).click()
    await page.getByText('onerror').waitFor()
    assert.equal(await page.evaluate(() => Reflect.get(globalThis, 'evil') as unknown), undefined)
  })

  it('shows what changes in a container', async () => {
    const map = await manager.named('settings', SharedMap<string, number>)
    await choose(page, 'Referents')
    await page
      .getByRole('row', { name: /settings/ })
      .getByRole('link')
      .first()
      .click()
    await page.getByRole('button', { name: 'Watch its changes' }).click()
    const changes = page.getByRole('list', { name: 'Changes' })
    await untilShown(changes.getByText('"volume"'), () => map.set('volume', 11))
    await manager.forget('settings')
  })

  it('calls nothing where it was not allowed to', async () => {
    const own = await Inspector.open(manager)
    using socket = await PageSocket.connect(own.port)
    socket.send({ kind: 'open', token: tokenOf(own.url()) })
    const stamps = await clerk.stamp(0)
    const { referents } = await manager.inspect()
    const referent = referents.find(({ name }) => name === 'front office')?.id ?? 0
    socket.send({ kind: 'call', call: 1, server: 0, referent, member: 'stamp', args: '1' })
    const { failure, json } = await socket.next('answered')
    assert.match(failure?.message ?? '', /--allow-calls/)
    assert.equal(json, undefined)
    assert.equal(await clerk.stamp(0), stamps)
    const looking = await viewer.open(own.url())
    await choose(looking, 'Referents')
    await looking
      .getByRole('row', { name: /front office/ })
      .getByRole('link')
      .first()
      .click()
    await looking.getByRole('button', { name: 'Take a snapshot' }).waitFor()
    assert.equal(await looking.getByRole('button', { name: 'Call' }).count(), 0)
    await looking.context().close()
    await own.close()
  })
})
