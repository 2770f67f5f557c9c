import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assign, callMethod, Exposed, Manager, type Remote, Shared, snapshot } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Drawer } from './drawer.ts'
import { Stairs } from './stairs.ts'

type Content = { readonly pens: number; readonly note: string; readonly ended: boolean }

describe('an object with properties of its own', { timeout: 60_000 }, () => {
  let manager: Manager
  let drawer: Remote<Drawer> & { readonly [Name in keyof Content]: Promise<Content[Name]> }

  before(async () => {
    manager = await Manager.start()
    drawer = (await manager.create(Drawer, { pens: 3, note: 'n' })) as unknown as typeof drawer
  })
  after(() => manager.close())
  leaveNothing()

  it('has them read and assigned, also those that are new', async () => {
    assert.deepEqual([await drawer.pens, await drawer.note, await drawer.ended], [3, 'n', undefined])
    await assign(drawer as Remote<Drawer>, { pens: 4, clips: [1, 2] })
    assert.deepEqual(await snapshot(drawer as Remote<Drawer>), { pens: 4, note: 'n', clips: [1, 2] })
  })

  it('keeps to itself what begins with _, what its class has, and what every object has', async () => {
    for (const name of ['_key', 'hidden', 'constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      await assert.rejects(assign(drawer as Remote<Drawer>, { [name]: 1 }), { code: 'NOT_EXPOSED' }, name)
    }
    await assert.rejects(callMethod(drawer, 'hidden', []), { code: 'NOT_EXPOSED' })
    await assert.rejects(callMethod(drawer, 'pens', []), { code: 'NOT_EXPOSED' })
  })

  it('is iterated over by the generator that was chosen', async () => {
    const found: unknown[] = []
    for await (const [name, value] of drawer as Remote<Drawer>) if (name !== 'clips') found.push([name, value])
    assert.deepEqual(found, [
      ['pens', 4],
      ['note', 'n'],
    ])
  })

  it('ends a stream by the signal that was given in an argument', async () => {
    const aborted = new AbortController()
    const ticks: number[] = []
    const reading = (async () => {
      for await (const tick of drawer.ticks({ signal: aborted.signal })) {
        ticks.push(tick)
        if (ticks.length === 3) aborted.abort()
      }
    })()
    await assert.rejects(reading, { code: 'ABORTED' })
    await eventually('the generator has ended', async () => (await drawer.ended) || undefined)
  })
})

describe('an object that is iterated over step by step', { timeout: 60_000 }, () => {
  it('gives no more steps than are asked for, and goes on where the last iteration stopped', async () => {
    await using manager = await Manager.serve()
    const stairs = await manager.create(Stairs, 5)
    const found: number[] = []
    for await (const step of stairs) if (found.push(step) === 2) break
    for await (const step of stairs) found.push(step)
    assert.deepEqual(found, [0, 1, 2, 3, 4])
    const broken = await manager.create(Stairs, Number.NaN)
    await assert.rejects(broken[Symbol.asyncIterator]().next(), /gave no \{ done, value \}/)
  })
})

describe('@Shared', () => {
  it('refuses what is no way to serve instances', () => {
    assert.throws(() => Shared({ concurrency: 'parallel' as 'serial' }), /concurrency is 'parallel'/)
    assert.throws(() => Shared({ properties: 'all' as 'own' }), /properties is 'all'/)
    for (const iterator of ['missing', 'first']) {
      assert.throws(() => {
        @Shared({ iterator })
        class Uniterable {
          @Exposed
          get first(): number {
            return 1
          }
        }
        return Uniterable
      }, /Uniterable\.\w+ can't be its iterator: it is no exposed method/)
    }
  })
})
