import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { Manager, SharedLock, SharedQueue } from 'referent'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { isFull } from '../harness/size.ts'
import { Taker } from './taker.ts'

leaveNothing()

/** Time enough to hand something over between the stop of a process and its being given up. */
const heartbeat = { intervalMs: 300, missed: 3 }
const authkey = 'of the frozen'
const linux = {
  timeout: 120_000,
  concurrency: true,
  skip: process.platform !== 'linux' && 'only Linux shows that a process is stopped',
}

describe('a process that is frozen until it is given up, and goes on', linux, () => {
  // A beat of its own may find out first that it was given up, before it reads what is in its socket.
  const often = isFull ? [60_000, heartbeat.intervalMs] : []
  for (const intervalMs of [60_000, heartbeat.intervalMs, ...often, 0]) {
    it(`has nothing of what others have by then, with a heartbeat of ${intervalMs} ms`, async () => {
      await using manager = await Manager.start({ heartbeat, authkey })
      const queue = await manager.named('queue', SharedQueue<string>)
      const locks = [await manager.named('lock', SharedLock), await manager.named('running', SharedLock)]
      await Promise.all(locks.map((lock) => lock.acquire()))
      const args = [manager.address, authkey, String(intervalMs)]
      await using consumer = await Program.start('./programs/frozen.ts', import.meta.url, { args })
      for (const lock of locks)
        await eventually('it waits', async () => ((await lock.waiting) === 1 ? true : undefined))

      await freeze(consumer.pid)
      await queue.put('item')
      await Promise.all(locks.map((lock) => lock.release()))
      assert.deepEqual([await queue.size, ...(await Promise.all(locks.map((lock) => lock.isLocked)))], [0, true, true])
      const taken = Promise.all([queue.get(), ...locks.map((lock) => lock.acquire())])
      assert.deepEqual(await within('it is given up', taken), ['item', true, true])

      process.kill(consumer.pid, 'SIGCONT')
      const { lines } = await consumer.ending()
      assert.deepEqual(lines, ['outcomes SESSION_LOST SESSION_LOST SESSION_LOST'])
    })
  }

  it('has nothing either where it is the server, and a client hands it over', async () => {
    await using manager = await Manager.start({ heartbeat, reconnectMs: 30_000 })
    const taker = await manager.named('taker', Taker)
    const queue = new SharedQueue<string>()
    await taker.begin(queue as never)
    await freeze(manager.pid)
    await queue.put('item')
    assert.equal(queue.size, 0)
    await eventually('it is given up', () => (queue.size === 1 ? true : undefined))
    process.kill(manager.pid, 'SIGCONT')
    assert.equal(await within('its outcome', taker.outcome()), 'SESSION_LOST')
    assert.equal(await queue.get(), 'item')
  })
})

/** Resolves when the kernel has stopped the process. */
async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await eventually('it stands still', async () => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T') ? true : undefined
  })
}
