import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { callMethod, isManagerError, Manager, release, withOptions } from 'referent'
import { z } from 'zod'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { ArktypeTill, Broken, Counting, Desk, Disposals, Line, ValibotTill, ZodTill } from './shop.ts'

leaveNothing()

let manager: Manager
before(async () => (manager = await Manager.start()))
after(() => manager.close())

const refused = (message: RegExp) => ({ code: 'BAD_ARGUMENTS', delivery: 'not-sent', message })

for (const Till of [ZodTill, ValibotTill, ArktypeTill]) {
  describe(`the arguments of ${Till.name}`, () => {
    it('arrive as the schema makes them', async () => {
      const till = await manager.create(Till, 1)
      assert.equal(await till.pay(2, ' two '), 3)
      assert.equal(await till.pay(3), 6)
      assert.deepEqual(await till.noted(), ['two', 'none'])
      assert.equal(await till.join('a', 'b', 'c'), 'a,b,c')
      await till.payAll({ items: [{ cents: 1 }], extra: 1 } as { items: { cents: number }[] })
      assert.deepEqual([await till.sum(), (await till.noted())[2]], [7, 'items'])
    })

    it('are refused before the method runs, by their places', async () => {
      const till = await manager.create(Till, 0)
      await assert.rejects(till.pay(-1), refused(/^\w+Till\.pay refuses its arguments: argument 0: /))
      await assert.rejects(till.pay(1, 2 as never), refused(/argument 1: .*string/))
      await assert.rejects(callMethod(till, 'pay', []), refused(/^\w+Till\.pay refuses/))
      const order = { items: [{ cents: 1 }, { cents: 1.5 }] }
      await assert.rejects(till.payAll(order), refused(/payAll .*argument 0\.items\[1\]\.cents: /))
      await assert.rejects(till.join('a', 2 as never), refused(/argument 1: /))
      assert.deepEqual([await till.sum(), await till.noted()], [0, []])
    })

    it('of its constructor too', async () => {
      const till = await manager.create(Till, '5' as never)
      assert.deepEqual([await till.sum(), await till.name], [5, Till.name.replace('Till', '').toLowerCase()])
      await assert.rejects(manager.create(Till, -1), refused(/Till\.constructor refuses its arguments: argument 0: /))
      const name = `the ${Till.name}`
      await assert.rejects(manager.named(name, Till, -1), refused(/argument 0: /))
      assert.equal(await (await manager.named(name, Till, 1)).sum(), 1)
    })
  })
}

describe('a schema of arguments', () => {
  it('may take time', async () => {
    for (const till of [await manager.create(ZodTill, 0), await manager.create(ValibotTill, 0)]) {
      assert.equal(await till.later('good'), 'good')
      await assert.rejects(till.later('bad'), refused(/later .*argument 0: /))
    }
  })

  it('that takes time lets other calls go first, and a call whose caller left meanwhile never runs', async () => {
    const desk = await manager.create(Desk)
    const impatient = withOptions(desk, { timeoutMs: 300 })
    const left = assert.rejects(impatient.slowly('left'), { code: 'TIMEOUT' })
    const leftToTheEnd = assert.rejects(impatient.slowlyToTheEnd('left'), { code: 'TIMEOUT', delivery: 'not-sent' })
    const slowly = desk.slowly('slow')
    await desk.asked()
    assert.deepEqual(await Promise.all([desk.checked('1'), desk.plain('2'), desk.checked('3')]), [1, 2, 3])
    await left
    await desk.goOn()
    await leftToTheEnd
    assert.equal(await slowly, 4)
    assert.deepEqual(await desk.log(), ['1', '2', '3', 'slow'])
  })

  it('keeps the order of the calls of a serial object, also where it takes time', async () => {
    const line = await manager.create(Line)
    const bad = assert.rejects(line.slowly('bad'), refused(/argument 0: /))
    const long = assert.rejects(line.checked('too long'), refused(/argument 0: /))
    const calls = [line.slowly('1'), line.plain('2'), line.checked('3'), line.slowly('4'), line.plain('5')]
    assert.deepEqual(await Promise.all(calls), ['slowly', 2, 3, 'slowly', 5])
    await Promise.all([bad, long])
    assert.deepEqual(await line.log(), ['1', '2', '3', '4', '5'])
  })

  it('takes functions as they are', async () => {
    const desk = await manager.create(Desk)
    assert.equal(await desk.tell((text) => `${text} here`), 'told here')
    await assert.rejects(desk.tell('no function' as never), refused(/argument 0: /))
  })

  it('has ten of its issues told, and the begin of long texts', async () => {
    const desk = await manager.create(Desk)
    const names = Array.from({ length: 1000 }, () => 'long')
    await assert.rejects(desk.names(names), (error) => {
      assert.ok(isManagerError(error, 'BAD_ARGUMENTS'))
      assert.equal(error.message.match(/argument 0\[\d+\]: /g)?.length, 10)
      return error.message.endsWith('; and 990 more')
    })
    await assert.rejects(desk.wordy({ ['key'.repeat(1000)]: 1 as never }), (error) => {
      return isManagerError(error, 'BAD_ARGUMENTS') && error.message.length < 400
    })
  })

  it('that fails by itself is told, and harms nothing', async () => {
    const broken = await manager.create(Broken)
    const failed = (what: RegExp) => refused(new RegExp(`^the arguments of Broken.* its schema failed: ${what.source}`))
    const table = failed(/RangeError: no table of currencies/)
    await assert.rejects(broken.throws(), { ...table, cause: new RangeError('no table of currencies') })
    await assert.rejects(broken.rejects(), table)
    await assert.rejects(broken.throwsText(), failed(/something that is no error/))
    await assert.rejects(broken.makesNoList(), failed(/TypeError: it makes no list/))
    await assert.rejects(broken.saysNothing(), failed(/TypeError/))
    assert.equal(await broken.runs(), 0)
  })

  it('is asked when a generator is opened, which keeps its object until it ends', async () => {
    const counting = await manager.create(Counting)
    const disposals = await manager.create(Disposals)
    assert.deepEqual(await listOf(counting.upTo(3)), [1, 2, 3])
    await assert.rejects(listOf(counting.upTo(101)), refused(/Counting\.upTo .*argument 0: /))
    await assert.rejects(listOf(counting.disposalsUpTo(101)), refused(/argument 0: /))
    const seen: number[] = []
    for await (const count of counting.disposalsUpTo(3)) {
      release(counting)
      await disposals.count()
      seen.push(count)
    }
    assert.deepEqual(seen, [0, 0, 0])
  })

  it('is one of a registration too', async () => {
    class Shop extends Manager {}
    const args = z.tuple([z.coerce.number().min(0)])
    Shop.register('made', (by: number) => ({ method: () => by }), { exposed: 'public', args })
    Shop.register('Plain', Plain, { exposed: ['method'], args })
    await using shop = await Shop.serve()
    for (const typeid of ['made', 'Plain']) {
      const made = await shop.create<{ method: () => number }>(typeid, '2')
      assert.equal(await made.method(), 2, typeid)
      await assert.rejects(shop.create(typeid, -1), refused(/refuses its arguments: argument 0: /))
    }
    const wrong = { args: [] as never }
    assert.throws(() => Shop.register('wrong', () => ({}), wrong), /Manager\.register: args is an array/)
  })
})

class Plain {
  readonly #by: number

  constructor(by: number) {
    this.#by = by
  }

  method(): number {
    return this.#by
  }
}

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
