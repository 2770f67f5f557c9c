import assert from 'node:assert/strict'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { callMethod, Manager } from 'referent'
import { Counter } from '../harness/counter.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { type Board, BoardManager } from './board.ts'
import { impersonate } from './impostor.ts'
import { note, Notes, startHere } from './initializers.ts'

leaveNothing()

// Each is a behaviour of `multiprocessing.managers` in CPython.
describe("as Python's managers", () => {
  let manager: BoardManager

  before(async () => (manager = await BoardManager.start({ authkey: 'right' })))
  after(() => manager.close())

  it('exposes the given names, or all methods that do not begin with _, and the server refuses the others', async () => {
    const [open, readOnly] = await Promise.all([manager.create('Board'), manager.create('ReadOnlyBoard')])
    await callMethod(open, 'put', ['key', 'note'])
    assert.equal(await callMethod(open, 'get', ['key']), 'note')
    await assert.rejects(callMethod(open, '_clear'), { code: 'NOT_EXPOSED' })
    assert.equal(await callMethod(readOnly, 'get', ['key']), undefined)
    await assert.rejects(callMethod(readOnly, 'put', ['key', 'note']), { code: 'NOT_EXPOSED' })
  })

  it('throws what a method throws, as the same class', async () => {
    const board = await manager.create<Board>('Board')
    await assert.rejects(board.fail(), (error) => error instanceof RangeError && error.message === 'off the board')
  })

  it('iterates a generator of a registered class, all items in order', async () => {
    const board = await manager.create<Board>('Board')
    const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`)
    for (const key of keys) await board.put(key, '')
    const seen = []
    for await (const key of board.keys()) seen.push(key)
    assert.deepEqual(
      seen.filter((key) => key.startsWith('key ')),
      keys,
    )
  })

  it('stops the server at the end of the block that the manager is used in, started there or before', async () => {
    const started = await Manager.start()
    const pids = [started.pid]
    {
      await using entered = new Manager()
      await entered.start()
      await using again = started
      assert.equal(await (await again.create(Counter, 3)).value, 3)
      pids.push(entered.pid)
    }
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    await new Manager().close()
  })

  it("reaches a singleton of the server by address and key: one program's put is another's get", async () => {
    const board = await manager.create<Board>('Board')
    await board.put('question', 'six by nine?')
    const { code, lines, stderr } = await Program.run('./programs/board-client.ts', import.meta.url, {
      args: [manager.address, 'right'],
    })
    assert.deepEqual([code, lines, stderr], [0, ['six by nine?'], ''])
    assert.match((await board.get('answer')) ?? '', /^42, says process \d+$/)
  })

  it('frees the address of a manager that was shut down at once', async () => {
    const address = `unix:${join(tmpdir(), 'again')}`
    for (const stop of ['shutdown', 'close', 'shutdown'] as const) {
      const another = await Manager.start({ address })
      assert.equal(another.address, address)
      await another[stop]()
    }
  })

  it('refuses an initializer that is not a function, and runs a valid one once before start resolves', async () => {
    const misused = { initializer: 'note' as unknown as () => void }
    await assert.rejects(startHere(misused), (error) => error instanceof TypeError && /function/.test(error.message))
    await using another = await startHere({ initializer: note, initializerArgs: ['one', 'two'] })
    const notes = await another.create(Notes)
    assert.deepEqual(await notes.read(), ['one', 'two', String(another.pid)])
  })

  it('refuses a wrong key as an authentication error, whichever side has it', async () => {
    await assert.rejects(Manager.connect(manager.address, { authkey: 'wrong' }), { code: 'AUTH_FAILED' })
    await using impostor = await impersonate(`unix:${join(tmpdir(), 'impostor')}`)
    await assert.rejects(Manager.connect(impostor.address, { authkey: 'right' }), { code: 'AUTH_FAILED' })
    await using second = await Manager.connect(manager.address, { authkey: 'right' })
    assert.equal(await (await second.create(Counter, 1)).value, 1)
  })

  it('goes on serving when its server process gets SIGINT', async () => {
    const counter = await manager.create(Counter)
    process.kill(manager.pid, 'SIGINT')
    assert.equal(await counter.pause(20), 'paused')
    assert.equal(await counter.increment(), 1)
  })
})
