import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Manager, type Remote } from 'referent'
import { Caller } from '../harness/caller.ts'
import { eventually, within } from '../harness/eventually.ts'
import { hostedBy, hosts } from '../harness/hosts.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Phone } from '../server/phone.ts'
import { Faulty, startCatching } from './faulty.ts'

leaveNothing()

const program = './programs/shutdown.ts'

// `Program` fails where a process, a socket or a folder is left.
describe('a server whose owner is a program', () => {
  const unix = { skip: process.platform === 'win32' && 'Windows has no process groups that are signalled' }

  it('ends in order when its owner closes it on Ctrl-C, which reaches both of them', unix, async () => {
    await using owner = await Program.start(program, import.meta.url, { args: ['closes'], hasGroup: true })
    await endDuringCall(owner, () => owner.killGroup('SIGINT'))
    const { code, lines } = await owner.ending()
    assert.deepEqual([code, lines.slice(1)], [0, ['disposed', 'closed']])
  })

  for (const signal of ['SIGINT', 'SIGHUP'] as const)
    it(`ends in order when ${signal} of the terminal ends its owner`, unix, async () => {
      await using owner = await Program.start(program, import.meta.url, { args: ['serves'], hasGroup: true })
      await endDuringCall(owner, () => owner.killGroup(signal))
      const ending = await owner.ending()
      assert.deepEqual([ending.signal, ending.lines.slice(1)], [signal, ['disposed']])
    })

  it('ends in order when its owner is killed', async () => {
    await using owner = await Program.start(program, import.meta.url, { args: ['serves'] })
    await endDuringCall(owner, () => owner.kill('SIGKILL'))
    assert.deepEqual((await owner.ending()).lines.slice(1), ['disposed'])
  })

  it('ends in order when its owner is killed, and with it whoever read what they print', async () => {
    const path = join(tmpdir(), 'scribe')
    await using owner = await Program.start(program, import.meta.url, { args: ['serves', path] })
    await owner.line('server')
    owner.deafen()
    owner.kill('SIGKILL')
    await eventually('the disposal is over', () => existsSync(path) || undefined)
    rmSync(path)
  })

  it('ends in order by SIGTERM, also by a second one', async () => {
    await using owner = await Program.start(program, import.meta.url, { args: ['serves'] })
    await endDuringCall(owner, (pid) => {
      process.kill(pid, 'SIGTERM')
      process.kill(pid, 'SIGTERM')
    })
    const { code, lines } = await owner.ending()
    assert.deepEqual([code, lines.slice(1)], [0, ['disposed']])
  })

  it('goes on serving after SIGINT', unix, async () => {
    await using manager = await Manager.start()
    const phone = await manager.create(Phone)
    process.kill(manager.pid, 'SIGINT')
    assert.equal(await phone.ping(), 'pong')
  })
})

describe('shutdown', () => {
  it('leaves all as it is where its signal has aborted before', async () => {
    await using manager = await Manager.start()
    await assert.rejects(manager.shutdown({ signal: AbortSignal.abort() }), { code: 'ABORTED', delivery: 'not-sent' })
    await assert.rejects(manager.shutdown({ timeoutMs: -1 }), RangeError)
    assert.equal((await manager.inspect()).pid, manager.pid)
  })

  it('takes as long as it takes within timeoutMs', async () => {
    const manager = await Manager.start()
    await manager.shutdown({ timeoutMs: 10_000 })
    await manager.shutdown({ timeoutMs: 0 })
  })
})

for (const host of hosts)
  describe(`a server ${host} that ends in the middle`, () => {
    const env = hostedBy(host)

    it('by an error of a timer, tells all who wait for it, and its owner', async () => {
      const { code, lines, stderr } = await Program.run(program, import.meta.url, { args: ['throwLater'], env })
      const reason = 'because of thrown by a timer, with its stack'
      assert.deepEqual(lines.toSorted(), [
        'create SESSION_LOST not-sent',
        'disposed',
        `join SESSION_LOST unknown ${reason}`,
        'later SESSION_LOST not-sent',
        `mine SESSION_LOST unknown ${reason}`,
        'the next one works',
        `theirs SESSION_LOST unknown ${reason}`,
      ])
      // Nothing of the broken server is disposed of, but of the next one.
      assert.deepEqual([code, lines.slice(-2)], [0, ['the next one works', 'disposed']])
      assert.match(stderr, /RangeError: thrown by a timer\n +at .*faulty\.[jt]s/)
      assert.match(stderr, /cause.*the deeper one/)
    })

    it('by a rejection that nobody handles, tells it alike', async () => {
      const { code, lines, stderr } = await Program.run(program, import.meta.url, { args: ['rejectLater'], env })
      const reason = 'because of rejected by a promise, with its stack'
      const told = ['join', 'mine', 'theirs'].map((who) => `${who} SESSION_LOST unknown ${reason}`)
      assert.deepEqual(lines.filter((line) => line.endsWith(reason)).toSorted(), told)
      assert.equal(code, 0)
      assert.match(stderr, /RangeError: rejected by a promise\n +at .*faulty\.[jt]s/)
    })

    it('by process.exit in a method, loses all sessions', async () => {
      const { code, lines, stderr } = await Program.run(program, import.meta.url, { args: ['exit'], env })
      assert.deepEqual(lines.toSorted(), [
        'create SESSION_LOST not-sent',
        'disposed',
        'joined',
        'later SESSION_LOST not-sent',
        'mine SESSION_LOST unknown',
        'the next one works',
        'theirs SESSION_LOST unknown',
      ])
      assert.deepEqual([code, stderr], [0, ''])
    })

    it('before it is ready, rejects the start with the error for its cause', async () => {
      const { lines } = await Program.run(program, import.meta.url, { args: ['starts'], env })
      assert.deepEqual(lines, ['start START_FAILED undefined because of thrown by a timer, with its stack'])
    })

    it('does not end by an error that a module of it catches', async () => {
      await using manager = await startCatching(host)
      const faulty: Remote<Faulty> = await manager.create(Faulty)
      const lost = assert.rejects(faulty.throwLater(), { code: 'SESSION_LOST' })
      const caught = await eventually('the error is caught', async () => (await faulty.caught) || undefined)
      assert.equal(caught, 'thrown by a timer')
      await manager.close()
      await lost
    })
  })

/** Has a call of this process run while the program's server ends, and get its answer. */
async function endDuringCall(owner: Program, end: (serverPid: number) => void): Promise<void> {
  const [pid = '', address = ''] = (await owner.line('server')).split(' ')
  await using client = await Manager.connect(address, { authkey: 'of the program' })
  const phone = await client.create(Phone)
  const caller = new Caller()
  const asked = phone.ask(caller.callback)
  await within('the call', caller.called)
  end(Number(pid))
  await eventually('new calls are refused', () =>
    phone.ping().then(
      () => undefined,
      (error: { code: unknown; delivery: unknown }) => {
        assert.deepEqual([error.code, error.delivery], ['SHUTTING_DOWN', 'not-sent'])
        return true
      },
    ),
  )
  caller.answer('hello')
  assert.equal(await asked, 'hello')
}
