import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { sized } from '../harness/size.ts'
import { Janitor } from './janitor.ts'
import { Item, Shelf } from './shelf.ts'
import { Journal, Valve } from './valve.ts'

leaveNothing()

// Nothing here is ever released: the garbage collector alone gives it back.

describe('without a release, by the garbage collector alone,', () => {
  let manager: Manager
  let janitor: Remote<Janitor>
  let shelf: Remote<Shelf>

  before(async () => {
    manager = await Manager.start()
    janitor = await manager.create(Janitor)
    shelf = await manager.create(Shelf)
  })
  after(() => manager.close())

  async function countOf(typeid: string): Promise<number> {
    const { referents } = await manager.inspect()
    return referents.filter((referent) => referent.typeid === typeid).length
  }

  function untilNone(typeid: string): Promise<true> {
    return eventually(`no ${typeid} is left`, async () => {
      collectGarbage()
      return (await countOf(typeid)) === 0 ? true : undefined
    })
  }

  it('thousands of referents go, as they are made', async () => {
    const peaks: number[] = []
    for (let batch = 0; batch < sized(6, 20); batch++) {
      await Promise.all(Array.from({ length: 500 }, () => manager.create(Item)))
      collectGarbage()
      peaks.push(await countOf('Item'))
    }
    await untilNone('Item')
    // A batch goes while the next one is made: they don't pile up until the end.
    assert.ok(Math.max(...peaks) < 2000, `there were ${peaks.join(', ')}`)
  })

  it('thousands of referents go that came in containers', async () => {
    for (let call = 0; call < sized(6, 20); call++)
      await Promise.all(Array.from({ length: 72 }, async () => void (await shelf.newItems())))
    await untilNone('Item')
  })

  it('2,000 functions that the other side received go', async () => {
    const functions: WeakRef<object>[] = []
    for (let batch = 0; batch < 20; batch++) {
      await pass(shelf, functions)
      await janitor.sweep()
    }
    await eventually('all functions are collected', async () => {
      await janitor.sweep()
      collectGarbage()
      return functions.every((fn) => fn.deref() === undefined) || undefined
    })
  })

  it('2,000 functions that the other side gave go', async () => {
    for (let batch = 0; batch < 20; batch++)
      await Promise.all(Array.from({ length: 100 }, async () => assert.ok(await shelf.makeFunction())))
    await untilNone('Function')
  })

  it('200 streams end that are read no further, and those that were never read', async () => {
    const journal = await manager.create(Journal)
    await readSome(manager)
    await eventually('all generators have run their finally', async () => {
      collectGarbage()
      return (await journal.read()).filter((entry) => entry === 'stream dry').length === 100 || undefined
    })
    await untilNone('Valve')
  })

  it('200 streams end that the other side reads no further', async () => {
    let finished = 0
    async function* source(): AsyncGenerator<number> {
      try {
        for (let item = 1; ; item++) yield item
      } finally {
        finished++
      }
    }
    const read = Array.from({ length: 200 }, () => shelf.readOne(source()))
    assert.deepEqual(new Set(await Promise.all(read)), new Set([1]))
    await eventually('all generators have run their finally', async () => {
      await janitor.sweep()
      return finished === 200 || undefined
    })
  })
})

async function pass(shelf: Remote<Shelf>, functions: WeakRef<object>[]): Promise<void> {
  const batch = Array.from({ length: 100 }, (_, index) => () => index)
  await shelf.ignore(new Map(batch.map((fn) => [fn, [fn]])))
  functions.push(...batch.map((fn) => new WeakRef(fn)))
}

/** Reads one item of 100 streams, and none of 100 others, each of a valve of its own. */
async function readSome(manager: Manager): Promise<void> {
  const valves = await Promise.all(Array.from({ length: 200 }, () => manager.create(Valve, 'stream')))
  await Promise.all(valves.map(async (valve, index) => (index % 2 === 0 ? valve.drops().next() : valve.drops())))
}
