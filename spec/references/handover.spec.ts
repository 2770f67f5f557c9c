import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Manager, type Process, refOf, type Reference, type Remote, release } from 'referent'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Program } from '../harness/program.ts'
import { sized } from '../harness/size.ts'
import type { Report } from './handover/touch.ts'
import { processOf, processThatPassesOn } from './handover/work.ts'
import { startWorker } from './handover/workers.ts'
import { Item, Shelf } from './shelf.ts'

leaveNothing()

const receiver = fileURLToPath(moduleUrl('./handover/receiver.ts', import.meta.url))
const thread = pathToFileURL('spec/references/handover/thread.ts')

describe('a proxy that is handed over, and released at once by its creator, works in', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  function items(count: number): Promise<Remote<Item>[]> {
    return Promise.all(Array.from({ length: count }, (_, index) => manager.create(Item, `item ${index}`)))
  }

  /** References to new items, all of which nobody here holds any more. */
  async function references(count: number): Promise<Reference<Item>[]> {
    const proxies = await items(count)
    const texts = proxies.map((proxy) => refOf(proxy))
    for (const proxy of proxies) release(proxy)
    return texts
  }

  it('children of Process, without a loss', async () => {
    using shelf = await manager.create(Shelf)
    const reports = await inTurns(sized(4, 20), async () => {
      const child = await started(await items(50), (batch) => processOf(batch, shelf))
      return (await shelf.take(`report ${child.pid}`)) as Report
    })
    assertAllTouched(reports, sized(4, 20) * 50)
  })

  it('children by fork, without a loss', async () => {
    const reports = await inTurns(sized(3, 10), async () => reportOf(fork(receiver), await references(100)))
    assertAllTouched(reports, sized(3, 10) * 100)
  })

  it('worker threads under tsx, by workerData and by postMessage, without a loss', async () => {
    const reports = await inTurns(sized(1, 5), async () => {
      const worker = startWorker(thread, await references(100))
      worker.postMessage(await references(100))
      const messages = [await nextMessage(worker), await nextMessage(worker)]
      await worker.terminate()
      return messages
    })
    assertAllTouched(reports.flat(), sized(1, 5) * 200)
  })

  it('workers of a cluster', async () => {
    cluster.setupPrimary({ exec: receiver })
    const worker = cluster.fork()
    assertAllTouched([await reportOf(worker.process, await references(20))], 20)
  })

  it('a program that finds it in its environment, in a file or in the body of an answer', async () => {
    const [byEnvironment = '', byFile = '', byBody = ''] = await references(3)
    const file = join(tmpdir(), 'reference')
    await writeFile(file, byFile)
    const server = createServer((_request, response) => response.end(JSON.stringify([byBody]))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { code, lines, stderr } = await Program.run('./handover/finder.ts', import.meta.url, {
      env: {
        BY_ENVIRONMENT: byEnvironment,
        FILE: file,
        PAGE: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    })
    server.close()
    await rm(file)
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(lines, ['item 0 touched 1', 'item 1 touched 1', 'item 2 touched 1'])
  })

  it('a third process, which the second handed it to and let go of at once, with all that its methods return', async () => {
    using shelf = await manager.create(Shelf)
    await started(await items(50), (batch) => processThatPassesOn(batch, shelf))
    const made = (await shelf.take('made')) as Remote<Item>[]
    assert.equal(made.length, 50)
    for (const item of made) assert.equal(await item.touch(), 2)
    for (const item of made) release(item)
  })

  it('none of them for longer than they hold it: all is gone in the end, but for the leases', async () => {
    const { referents, sessions } = await manager.inspect()
    assert.deepEqual([referents.filter((referent) => referent.references > 0), sessions.length], [[], 1])
    assert.ok(referents.every(({ pins }) => pins > 0))
  })
})

/** The results of so many runs, a few at a time. */
async function inTurns<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  const lane = async (): Promise<void> => {
    while (count-- > 0) results.push(await run())
  }
  await Promise.all([lane(), lane(), lane(), lane()])
  return results
}

/** Starts a process on the items and lets go of them at once; resolves when it has ended well. */
async function started(items: Remote<Item>[], make: (items: Remote<Item>[]) => Process): Promise<Process> {
  const child = make(items)
  child.start()
  for (const item of items) release(item)
  assert.equal(await within('the child ends', child.join()), 0)
  return child
}

async function reportOf(child: ChildProcess, references: readonly Reference<Item>[]): Promise<Report> {
  // Node may tell of the end before the last message.
  const ended = once(child, 'exit')
  await within('the child listens', once(child, 'message'))
  child.send(references)
  const [answer] = (await within('the child answers', once(child, 'message'))) as [Report]
  await within('the child ends', ended)
  return answer
}

async function nextMessage(worker: ReturnType<typeof startWorker>): Promise<Report> {
  const [message] = (await within('the thread answers', once(worker, 'message'))) as [Report]
  return message
}

function assertAllTouched(reports: readonly Report[], count: number): void {
  assert.deepEqual(
    reports.flatMap(({ errors }) => errors),
    [],
  )
  assert.equal(
    reports.reduce((sum, { touched }) => sum + touched, 0),
    count,
  )
}
