import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Manager, type Remote, type SharedJoinableQueue, SharedLock, SharedQueue } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { choose, picture, Viewer } from './viewer.ts'

leaveNothing()

const traceId = '0af7651916cd43dd8448eb211c80319c'

describe('the page of a lock, and of a queue, where nothing goes on', { timeout: 120_000 }, () => {
  let viewer: Viewer
  let manager: Manager
  let inspector: Inspector
  let page: Page
  let client: Program
  let ledger: Remote<SharedLock>
  let waiting: Promise<boolean>

  before(async () => {
    viewer = await Viewer.start()
    manager = await Manager.serve()
    inspector = await Inspector.open(manager)
    ledger = await manager.named('ledger', SharedLock)
    const jobs = await manager.named<SharedJoinableQueue<string>>('jobs', 'SharedJoinableQueue')
    await jobs.putMany(['a', 'b', 'c', 'd', 'e'])
    const { address, authkey } = manager
    const env = { ADDRESS_OF_MANAGER: address, AUTHKEY: Buffer.from(authkey.bytes).toString('hex') }
    client = await Program.start('./stuck.ts', import.meta.url, { env })
    await client.line('ready')
    const start = (call: unknown): void =>
      void Object.assign(call as object, { traceparent: `00-${traceId}-b7ad6b7169203331-01` })
    subscribe('tracing:referent:call:start', start)
    waiting = ledger.acquire()
    unsubscribe('tracing:referent:call:start', start)
    page = await viewer.open(inspector.url())
  })
  after(async () => {
    await (viewer as Viewer | undefined)?.[Symbol.asyncDispose]()
    await (client as Program | undefined)?.[Symbol.asyncDispose]()
    await inspector.close()
    await manager.close()
  })

  it('tells which process has the lock, for how long, and who waits for it', async () => {
    await look('ledger')
    const sentences = await until(/1 call waits for it/)
    assert.match(sentences[0] ?? '', new RegExp(`^Session s\\d+ \\(process ${client.pid}\\) has had it for \\d.*s\\.$`))
    assert.equal(sentences[1], '1 call waits for it.')
    const held = page.getByRole('table', { name: 'Held by' }).getByRole('row', { name: /acquire/ })
    assert.match((await held.textContent()) ?? '', new RegExp(`\\(process ${client.pid}\\)acquire`))
    const calls = page.getByRole('table', { name: 'Calls without an answer' }).getByRole('row', { name: /acquire/ })
    assert.match((await calls.textContent()) ?? '', new RegExp(`\\(process ${process.pid}\\)acquire`))
  })

  it('tells how many items the queue has, that nobody takes them, and who works on those that were taken', async () => {
    await look('jobs')
    const sentences = await until(/not acknowledged/)
    assert.match(sentences[0] ?? '', /^3 items in the queue, and no call waits to take one/)
    assert.match(
      sentences[1] ?? '',
      new RegExp(
        `^Session s\\d+ \\(process ${client.pid}\\) took 2 items, the oldest \\d.*s ago, and has not acknowledged them\\.$`,
      ),
    )
    await picture(page, 'queue')
  })

  it('tells that a queue is full, or empty, and how many wait for that', async () => {
    const mails = await manager.named('mails', SharedQueue<string>, 2)
    await mails.putMany(['a', 'b'])
    const putting = mails.put('c')
    await look('mails')
    assert.deepEqual(await until(/waits to put/), [
      '2 items in the queue, and no call waits to take one: its consumers are busy, stuck, or not there.',
      '1 call waits to put more, as there is no room.',
    ])
    await mails.getMany(3)
    await putting
    await mails.getMany(3)
    const taking = mails.get()
    assert.deepEqual(await until(/waits for an item/), ['The queue is empty, and 1 call waits for an item.'])
    await mails.put('d')
    await taking
  })

  it('tells who has them when that process is gone, and in which trace', async () => {
    client.kill('SIGKILL')
    assert.ok(await waiting)
    await look('ledger')
    const sentences = await until(new RegExp(`process ${process.pid}\\) has had it`))
    assert.equal(sentences[1], 'Nobody waits for it.')
    await page.getByRole('table', { name: 'Held by' }).getByRole('cell', { name: traceId }).waitFor()
    await look('jobs')
    assert.equal((await until(/^5 items/)).length, 1)
    await ledger.release()
  })

  async function look(name: string): Promise<void> {
    await choose(page, 'Referents')
    const row = page.getByRole('row', { name: new RegExp(` ${name} `) })
    await row.getByRole('link').first().click()
    await page.getByRole('heading', { name }).waitFor()
  }

  /** The sentences, when there is one like that. */
  function until(sentence: RegExp): Promise<readonly string[]> {
    return eventually(`it says ${sentence}`, async () => {
      const sentences = await page
        .getByRole('region', { name: 'How it stands' })
        .getByRole('listitem')
        .allTextContents()
      return sentences.some((each) => sentence.test(each)) ? sentences : undefined
    })
  }
})
