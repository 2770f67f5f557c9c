import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { after, before, beforeEach, describe, it } from 'node:test'
import { isManagerError, type Manager, type Remote, type UnhandledFailure } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Crier, Ear, EmitterManager, startForgetting, startListening } from './criers.ts'

leaveNothing()

for (const [where, start] of [
  ['a server process', () => EmitterManager.start()],
  ['a program that serves', () => EmitterManager.serve()],
] as const) {
  describe(`in ${where}, the failure of a call that nobody waits for`, { timeout: 60_000 }, () => {
    let manager: Manager
    let crier: Remote<Crier>
    let told: UnhandledFailure[]

    before(async () => (manager = await start()))
    beforeEach(async () => {
      crier = await manager.create(Crier)
      told = []
      manager.removeAllListeners('unhandled').on('unhandled', (failure) => told.push(failure))
    })
    after(() => manager.close())

    /** The failures that the manager tells of, once there are so many. */
    async function failures(count: number): Promise<string[]> {
      await eventually(`${count} failures are told`, () => told.length >= count || undefined)
      return told
        .map(
          ({ typeid, method, error }) => `${typeid}.${method}: ${isManagerError(error) ? error.code : String(error)}`,
        )
        .toSorted()
    }

    it('ends nothing where the process that listened was killed, and is told of', async () => {
      const [emitter, counter] = [await manager.create<EventEmitter>('EventEmitter'), await manager.create(Counter)]
      await using listener = startListening(crier, emitter)
      await eventually('it listens', async () => (await crier.listeners) === 1 || undefined)
      listener.kill()
      await within('it has ended', listener.join())
      await eventually('the server knows', async () => (await crier.listeners) === 0 || undefined)
      await emitter.emit('cry', 'ding')
      await crier.cry('ding')
      assert.equal(await emitter.emit('cry', 'again'), true)
      const lost = ['Ear.hear', 'Ear.size', 'Function.', 'Function.', 'WritableStream.write']
      assert.deepEqual(
        await failures(5),
        lost.map((call) => `${call}: SESSION_LOST`),
      )
      assert.ok(told.every(({ session, pid }) => session !== undefined && pid === listener.pid))
      assert.equal(await counter.increment(), 1)
    })

    it('ends nothing where what was called throws', async () => {
      await crier.on(() => {
        throw new RangeError('too loud')
      })
      await crier.tell(new Ear())
      await crier.cry('fire')
      const thrown = [
        'Ear.hear: RangeError: too loud',
        'Ear.size: RangeError: no size',
        'Function.: RangeError: too loud',
      ]
      assert.deepEqual(await failures(3), thrown)
      assert.deepEqual(await crier.ask('who'), ['rejected'])
    })

    it('ends nothing where the stream that was left throws in its finally', async () => {
      const left = new Promise<void>((resolve) => {
        async function* failing() {
          try {
            for (;;) yield 1
          } finally {
            resolve()
            await Promise.reject(new RangeError('not left'))
          }
        }
        void crier.drop(failing())
      })
      await within('it is left', left)
      for (let round = 0; round < 3; round++) assert.deepEqual(await crier.ask('who'), [])
    })

    it('is not told of where somebody waits, also later', async () => {
      await crier.on(() => {
        throw new RangeError('too loud')
      })
      for (let round = 0; round < 3; round++) assert.deepEqual(await crier.ask('fire'), ['rejected'])
      await crier.cry('fire')
      assert.deepEqual(await failures(1), ['Function.: RangeError: too loud'])
    })
  })
}

describe('the failure of a call that nobody waits for', () => {
  let manager: Manager
  let crier: Remote<Crier>

  before(async () => {
    manager = await EmitterManager.serve()
    crier = await manager.create(Crier)
  })
  after(() => manager.close())

  it('is published where it was called', async () => {
    const told = new Promise<unknown>((resolve) => {
      const listener = (message: unknown): void => {
        unsubscribe('referent:unhandled', listener)
        resolve(message)
      }
      subscribe('referent:unhandled', listener)
    })
    await crier.on(() => {
      throw new RangeError('too loud')
    })
    await crier.cry('fire')
    const { typeid, pid, error } = (await within('it is published', told)) as UnhandledFailure
    assert.deepEqual([typeid, pid, String(error)], ['Function', process.pid, 'RangeError: too loud'])
  })

  it('is an unhandled rejection as ever where the call is the own one of a program', async () => {
    await using child = startForgetting(crier)
    await within('it ends', child.join())
    assert.equal(child.exitCode, 7)
  })
})
