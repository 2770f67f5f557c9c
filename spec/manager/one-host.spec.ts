import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Manager, type ManagerErrorCode } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl, programFlags } from '../harness/module.ts'
import { sized } from '../harness/size.ts'

leaveNothing()

const onWindows = process.platform === 'win32'

describe('at an address whose host was killed', { skip: onWindows, timeout: 120_000 }, () => {
  it('exactly one of three programs serves that come at once, and the others name it', async () => {
    await race('serves', sized(4, 15))
  })

  it('exactly one server is started by three programs that come at once, and the others name it', async () => {
    await race('starts', sized(2, 5))
  })
})

describe('what is at an address and is no socket of a dead process', { skip: onWindows, timeout: 30_000 }, () => {
  for (const [what, make, message] of [
    ['a file', (path: string) => writeFileSync(path, 'mine'), /taken is a file, not a socket; .*remove it/],
    ['a folder', (path: string) => mkdirSync(path), /taken is a folder, not a socket; .*remove it/],
    ['a symbolic link', (path: string) => symlinkSync('nowhere', path), /taken is a symbolic link, not a socket/],
  ] as const) {
    it(`stays, and is named: ${what}`, async () => {
      await inFolder(async (folder) => {
        const path = join(folder, 'taken')
        make(path)
        const before = lstatSync(path)
        for (const starts of [Manager.serve, Manager.start])
          await assert.rejects(starts.call(Manager, { address: `unix:${path}` }), refused('START_FAILED', message))
        assert.deepEqual([lstatSync(path).ino, lstatSync(path).mtimeMs], [before.ino, before.mtimeMs])
        if (what === 'a file') assert.equal(readFileSync(path, 'utf8'), 'mine')
        assert.deepEqual(readdirSync(folder), ['taken'])
      })
    })
  }

  it('is named where it is the socket of a living one, and that one goes on', async () => {
    await inFolder(async (folder) => {
      await using manager = await Manager.start({ address: `unix:${join(folder, 's')}` })
      const explained = refused('START_FAILED', new RegExp(`can't listen at .*: process ${manager.pid} serves there; `))
      await assert.rejects(Manager.start({ address: manager.address }), explained)
      await assert.rejects(Manager.serve({ address: manager.address }), explained)
      assert.equal(await (await manager.create(Counter, 5)).value, 5)
    })
  })

  it('is another process where that is stopped and can not say its number', async () => {
    await inFolder(async (folder) => {
      await using manager = await Manager.start({ address: `unix:${join(folder, 's')}`, graceMs: 0 })
      process.kill(manager.pid, 'SIGSTOP')
      const explained = refused('START_FAILED', /another process, which does not say its number, serves there/)
      await assert.rejects(Manager.serve({ address: manager.address }), explained)
      process.kill(manager.pid, 'SIGCONT')
      assert.equal(await (await manager.create(Counter, 5)).value, 5)
    })
  })
})

describe('a host whose address another one has got since', { skip: onWindows, timeout: 30_000 }, () => {
  it('leaves it to that one when it ends', async () => {
    await inFolder(async (folder) => {
      const address = `unix:${join(folder, 's')}`
      const orphan = await Manager.serve({ address })
      unlinkSync(join(folder, 's'))
      await using heir = await Manager.serve({ address, authkey: 'of the heir' })
      await orphan.close()
      await using client = await Manager.connect(address, { authkey: 'of the heir' })
      assert.equal(client.pid, heir.pid)
    })
  })

  it('leaves it to that one when its program exits', async () => {
    await inFolder(async (folder) => {
      const address = `unix:${join(folder, 's')}`
      const orphan = await forkRacer('serves')
      await attempt(orphan, address)
      unlinkSync(join(folder, 's'))
      await using heir = await Manager.serve({ address, authkey: 'of the heir' })
      orphan.disconnect()
      await within('the orphan exits', once(orphan, 'exit'))
      await using client = await Manager.connect(address, { authkey: 'of the heir' })
      assert.equal(client.pid, heir.pid)
    })
  })
})

describe('an address that can be no socket', { skip: onWindows, timeout: 30_000 }, () => {
  it('is named with the reason, whether it is for a server or to connect to', async () => {
    await inFolder(async (folder) => {
      const [missing, long] = [`unix:${join(folder, 'missing', 's')}`, `unix:${join(folder, 'x'.repeat(110))}`]
      for (const [address, reason] of [
        [`unix:${folder}`, /is a folder, not a socket/],
        [missing, /there is no folder .*missing/],
        [long, /longer than the 103 bytes/],
      ] as const) {
        for (const starts of [Manager.serve, Manager.start])
          await assert.rejects(starts.call(Manager, { address }), refused('START_FAILED', reason))
        await assert.rejects(Manager.connect(address, { authkey: 'any' }), refused('CONNECT_FAILED', reason))
      }
      assert.deepEqual(readdirSync(folder), [])
    })
  })

  it('is one whose folder leaves no room for the names of sockets', async () => {
    const address = `unix:/tmp/${'x'.repeat(90)}/s`
    await assert.rejects(Manager.serve({ address }), refused('START_FAILED', /longer than the 87 bytes/))
  })
})

/** Three programs, as often as there are rounds; each time, the socket of the one that served before is left there. */
async function race(how: 'serves' | 'starts', rounds: number): Promise<void> {
  await inFolder(async (folder) => {
    const address = `unix:${join(folder, 's')}`
    let racers: readonly ChildProcess[] = await Promise.all([forkRacer(how), forkRacer(how), forkRacer(how)])
    for (let round = 1; round <= rounds; round++) {
      assert.equal(existsSync(join(folder, 's')), round > 1)
      const outcomes = await Promise.all(racers.map((racer) => attempt(racer, address)))
      const [pid, ...others] = outcomes.flatMap((outcome) => /^served by (\d+)$/.exec(outcome)?.[1] ?? [])
      assert.ok(pid !== undefined && others.length === 0, `round ${round}: ${outcomes.join(', ')}`)
      const losers = outcomes.filter((outcome) => outcome !== `served by ${pid}`)
      for (const outcome of losers) assert.match(outcome, new RegExp(`^START_FAILED: .*: process ${pid} serves there`))
      const client = await Manager.connect(address, { authkey: 'of the race' })
      assert.deepEqual([client.pid, losers.length], [Number(pid), 2])
      await client.close()
      racers = await Promise.all(
        racers.map((racer) => (String(racer.pid) === pid ? replaced(racer) : Promise.resolve(racer))),
      )
      if (how === 'starts') await killed(Number(pid))
    }
    assert.deepEqual(readdirSync(folder), ['s'])
    for (const racer of racers) racer.disconnect()
    await Promise.all(racers.map((racer) => once(racer, 'exit')))
  })
}

async function attempt(racer: ChildProcess, address: string): Promise<string> {
  const outcome: Promise<unknown[]> = once(racer, 'message')
  racer.send(address)
  const [said] = await within('a program has tried to serve', outcome)
  return String(said)
}

async function forkRacer(how: string): Promise<ChildProcess> {
  const program = programFlags(moduleUrl('./programs/racer.ts', import.meta.url))
  const racer = fork(program.at(-1) ?? '', [how], { execArgv: program.slice(0, -1) })
  await within('a program is ready', once(racer, 'message'))
  return racer
}

/** Another one in the place of a host that is killed. */
async function replaced(racer: ChildProcess): Promise<ChildProcess> {
  const exited = once(racer, 'exit')
  racer.kill('SIGKILL')
  await exited
  return forkRacer('serves')
}

async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await eventually('the server is gone', () => (isAlive(pid) ? undefined : true))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function refused(code: ManagerErrorCode, message: RegExp): { readonly code: string; readonly message: RegExp } {
  return { code, message }
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'host-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
