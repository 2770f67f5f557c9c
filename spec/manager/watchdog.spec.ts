import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Manager } from 'referent'
import { endingMs } from '../../lib/server/ending.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { watchdogsOf } from '../harness/processes.ts'
import { Program } from '../harness/program.ts'
import { Faulty } from './faulty.ts'

leaveNothing()

const program = './programs/orphan.ts'
const posix = { skip: process.platform === 'win32' && 'Windows has no watchdog' }
const linux = { skip: process.platform !== 'linux' && 'only Linux shows the processes of a sandbox' }

// `Program` fails where a process, a socket or a folder is left: of the server, and of its watchdog.
describe('a server whose owner is killed', { ...posix, concurrency: true }, () => {
  for (const [what, how] of [
    ['is blocked in a method', 'blocks'],
    ['is stopped', 'isStopped'],
    ['sleeps before it is ready', 'blocksInInitializer'],
    ['is blocked and the watchdog before was killed', 'losesWatchdog'],
  ] as const)
    it(`while it ${what} is killed when it could have ended, and nothing of it is left`, async () => {
      await using owner = await Program.start(program, import.meta.url, { args: [how] })
      await owner.line('server')
      const strangers = owner.lines('stranger')
      const startMs = performance.now()
      owner.kill('SIGKILL')
      // The server has the end of what its owner prints; this rejects after twice the time that it should take.
      await owner.ending()
      const tookMs = performance.now() - startMs
      for (const pid of strangers) process.kill(Number(pid))
      await owner.sandbox.assertEmptiesSoon()
      assert.ok(tookMs > endingMs(0), `${tookMs} ms`)
    })

  it('has its time to end in order', async () => {
    await using owner = await Program.start(program, import.meta.url, { args: ['disposesSlowly'] })
    await owner.line('server')
    owner.kill('SIGKILL')
    assert.deepEqual((await owner.ending()).lines.slice(1), ['disposed'])
    await owner.sandbox.assertEmpty()
  })
})

describe('the watchdog of a program', { ...linux, timeout: 60_000 }, () => {
  const endings: Readonly<Record<string, (manager: Manager) => Promise<unknown>>> = {
    'close()': (manager) => manager.close(),
    'shutdown()': (manager) => manager.shutdown(),
    'SIGKILL of the server': (manager) => exits(manager, () => process.kill(manager.pid, 'SIGKILL')),
    'SIGTERM of the server': (manager) => exits(manager, () => process.kill(manager.pid, 'SIGTERM')),
    'process.exit in a method': async (manager) => {
      const faulty = await manager.create(Faulty)
      await exits(manager, () => void faulty.exit(7).catch(() => undefined))
    },
    'an error that nothing catches': async (manager) => {
      const faulty = await manager.create(Faulty)
      await exits(manager, () => void faulty.throwLater().catch(() => undefined))
    },
  }

  for (const [ending, end] of Object.entries(endings))
    it(`has ended after ${ending}`, async () => {
      await using manager = await Manager.start()
      assert.equal(watchdogs().length, 1)
      await within('the end', end(manager))
      assert.equal(watchdogs().length, 0)
    })

  it('is one for all servers, also for one that is started anew, and ends with the last', async () => {
    const managers = await Promise.all([Manager.start({ restart: 'on-failure' }), Manager.start()])
    assert.equal(watchdogs().length, 1)
    const restarted = once(managers[0], 'restart')
    process.kill(managers[0].pid, 'SIGKILL')
    await within('the restart', restarted)
    await managers[1].close()
    assert.equal(watchdogs().length, 1)
    await managers[0].close()
    assert.equal(watchdogs().length, 0)
  })

  it('outlives what a terminal and a supervisor of services send to all', async () => {
    await using manager = await Manager.start()
    const [watchdog] = watchdogs()
    assert.ok(watchdog !== undefined)
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.kill(watchdog, signal)
    await manager.inspect()
    assert.equal(watchdogs().length, 1)
  })

  it('is replaced when it is killed', async () => {
    const manager = await Manager.start()
    const [watchdog] = watchdogs()
    assert.ok(watchdog !== undefined)
    process.kill(watchdog, 'SIGKILL')
    await eventually('there is another one', () => watchdogs().some((pid) => pid !== watchdog) || undefined)
    assert.equal((await manager.inspect()).pid, manager.pid)
    await within('the end', manager.close())
    // A part of the shell, which looks when the server was started, may end a moment after it: it was killed as it began.
    await eventually('it has ended', () => watchdogs().length === 0 || undefined)
  })

  it('is not replaced for ever where each is killed, until there is another child', async () => {
    await using manager = await Manager.start()
    let looksWithout = 0
    await eventually('there is no other one', () => {
      const living = watchdogs()
      for (const pid of living) kill(pid)
      looksWithout = living.length === 0 ? looksWithout + 1 : 0
      return looksWithout === 5 || undefined
    })
    assert.equal((await manager.inspect()).pid, manager.pid)
    assert.equal(watchdogs().length, 0)
    await using other = await Manager.start()
    assert.equal(watchdogs().length, 1)
    await other.close()
  })
})

/** What has just been found may have ended since. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH')
  }
}

async function exits(manager: Manager, end: () => void): Promise<void> {
  const exited = once(manager, 'exit')
  end()
  await exited
}

function watchdogs(): number[] {
  return watchdogsOf(process.pid).map(({ pid }) => pid)
}
