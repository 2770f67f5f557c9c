import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { callMethod, isProxy, type Manager, type Remote, release, withOptions } from 'referent'
import { eventually } from '../harness/eventually.ts'
import { collectGarbage } from '../harness/garbage.ts'
import { Janitor } from './janitor.ts'
import { inEveryPlace, Item, Package, placeCount, Shelf, Unreadable } from './shelf.ts'
import { SyncValve } from './valve.ts'

export interface Opened extends AsyncDisposable {
  readonly manager: Manager
}

export const maxFrameBytes = 50_000
export const pinMs = 200

/**
 * What references promise, whatever a session runs over. After each of the specs nothing is held any more: whatever
 * it did was given back by somebody.
 * @param open a manager with `maxFrameBytes` and `pinMs`
 * @param isBounded whether the transport refuses what is longer than that
 */
export function describeReferences(name: string, open: () => Promise<Opened>, isBounded = true): void {
  describe(`references over ${name}`, () => {
    let opened: Opened
    let manager: Manager
    let janitor: Remote<Janitor>
    let idle: readonly number[]

    before(async () => {
      opened = await open()
      manager = opened.manager
      janitor = await manager.create(Janitor)
      idle = await hosted()
    })
    after(() => opened[Symbol.asyncDispose]())
    afterEach(() => untilOnly(idle))

    async function hosted(): Promise<number[]> {
      return (await manager.inspect()).referents.map(({ id }) => id)
    }

    async function sweep(): Promise<void> {
      collectGarbage()
      await janitor.sweep()
    }

    function untilOnly(expected: readonly number[]): Promise<true> {
      return eventually('all that was held is given back', async () => {
        if (String(await hosted()) === String(expected)) return true
        await sweep()
        return undefined
      })
    }

    /** Rejects unless the function is collected: then its process exports it no more. */
    function untilCollected(fn: WeakRef<object>): Promise<true> {
      return eventually('the function is collected', async () => {
        await sweep()
        return fn.deref() === undefined ? true : undefined
      })
    }

    async function referencesOf(typeid: string): Promise<number[]> {
      const { referents } = await manager.inspect()
      return referents.filter((referent) => referent.typeid === typeid).map(({ references }) => references)
    }

    it('give one proxy for one referent, however it comes', async () => {
      const [item, shelf] = await Promise.all([manager.create(Item), manager.create(Shelf)])
      await shelf.put('item', item)
      assert.equal(await item.itself(), item)
      assert.equal(await shelf.get('item'), item)
      assert.deepEqual(await referencesOf('Item'), [1])
    })

    it('come home as the referent itself, from every place in an argument', async () => {
      const [item, shelf] = await Promise.all([manager.create(Item), manager.create(Shelf)])
      const others = await Promise.all(Array.from({ length: placeCount }, () => manager.create(Item)))
      assert.equal(await shelf.countItems(item), 1)
      assert.equal(await shelf.countItems(inEveryPlace(() => others.pop() ?? item)), placeCount)
      assert.equal(await shelf.isSame(item, item), true)
      assert.equal(await shelf.isSame(item, shelf), false)
    })

    it('give live proxies, wherever they are in a result', async () => {
      const shelf = await manager.create(Shelf)
      const items = proxiesIn(await shelf.newItems())
      const labels = await Promise.all(items.map((item) => item.label))
      assert.deepEqual(labels, Object.keys(inEveryPlace(() => ({}))))
      assert.deepEqual(await referencesOf('Item'), Array<number>(placeCount).fill(1))
    })

    it('give live proxies in what is thrown', async () => {
      const [item, shelf] = await Promise.all([manager.create(Item), manager.create(Shelf)])
      const error = await failureOf(shelf.fail(item))
      assert.ok(error instanceof RangeError && error.known === item)
      assert.equal(await (error.fault as Remote<Item>).label, 'fault')
    })

    it('bring functions, which are called where they came from, with live proxies', async () => {
      const shelf = await manager.create(Shelf)
      const called = await shelf.callBack(async (item) => `${await item.label} ${await item.touch()}`)
      assert.equal(called, 'called back 1')
    })

    it('bring one function for one function, back to where it came from', async () => {
      const shelf = await manager.create(Shelf)
      const listener = (): string => 'heard'
      assert.equal(await shelf.isSame(listener, listener), true)
      await shelf.put('listener', { listener })
      await shelf.put('again', new Map([['listener', listener]]))
      const back = (await shelf.get('again')) as Map<string, unknown>
      assert.equal(back.get('listener'), listener)
      assert.deepEqual(await shelf.get('listener'), { listener })
    })

    it('keep a function while the other side does, and let it go then', async () => {
      const shelf = await manager.create(Shelf)
      const listener = await putFunction(shelf)
      await sweep()
      assert.equal((await heard(shelf))(), 'heard')
      await shelf.clear()
      await untilCollected(listener)
    })

    it('keep what only another referent keeps, when all outer names are gone', async () => {
      const [shelf, inner] = await Promise.all([manager.create(Shelf), manager.create(Shelf)])
      const item = await manager.create(Item)
      await item.touch()
      await inner.put('item', item)
      await shelf.put('inner', inner)
      release(item)
      release(inner)
      await sweep()
      assert.deepEqual(await referencesOf('Item'), [])
      const again = (await ((await shelf.get('inner')) as Remote<Shelf>).get('item')) as Remote<Item>
      assert.notEqual(again, item)
      assert.equal(await again.touch(), 2)
    })

    it('show a change through one of two proxies in the other', async () => {
      const [item, shelf] = await Promise.all([manager.create(Item), manager.create(Shelf)])
      await shelf.put('items', [item])
      const [stored] = (await shelf.get('items')) as [Remote<Item>]
      await item.touch()
      assert.equal(await stored.touch(), 2)
    })

    it('let a container go that holds itself', async () => {
      const shelf = await manager.create(Shelf)
      await shelf.put('itself', shelf)
      await shelf.put('nested', { deep: [new Map([['shelf', shelf]])] })
      assert.equal(await shelf.get('itself'), shelf)
      release(shelf)
      assert.deepEqual(await referencesOf('Shelf'), [])
    })

    it('are given back all at once, however often one came', async () => {
      const item = await manager.create(Item)
      const shelf = await manager.create(Shelf)
      await shelf.put('twice', [item, { item }])
      await Promise.all([item.itself(), item.itself(), shelf.get('twice'), shelf.get('twice')])
      assert.deepEqual(await referencesOf('Item'), [1])
      release(item)
      assert.deepEqual(await referencesOf('Item'), [])
    })

    it('that come while their proxy is released are new ones', async () => {
      const item = await manager.create(Item)
      const onTheirWay = [item.itself(), item.itself()]
      release(item)
      const [first, second] = await Promise.all(onTheirWay)
      assert.ok(first && first === second && isProxy(first))
      assert.notEqual(first, item)
      assert.equal(await first.touch(), 1)
      release(first)
      assert.deepEqual(await referencesOf('Item'), [])
    })

    it('that nobody waits for any more are given back', async () => {
      const item = await manager.create(Item)
      const abort = new AbortController()

      const another = withOptions(item, { signal: abort.signal }).another('unwanted')
      abort.abort()
      await assert.rejects(another, { code: 'ABORTED' })
      await eventually('only the item is held', async () => (await referencesOf('Item')).length === 1 || undefined)
      assert.equal(await item.touch(), 1)
    })

    it('are all taken back where an argument beside them cannot cross', async () => {
      const shelf = await manager.create(Shelf)
      const listener = await callWith((fn) => shelf.put('never', [fn, { fn }, drops(), new Item(), Symbol('no')]), {
        code: 'UNSERIALIZABLE',
        message: /argument 1\[4\]/,
      })
      await untilCollected(listener)
      assert.equal(await shelf.get('never'), undefined)
    })

    it('are all taken back where a part of a result cannot cross', async () => {
      const shelf = await manager.create(Shelf)
      await assert.rejects(shelf.impossible(), { code: 'UNSERIALIZABLE', message: /result\[2\]/ })
      assert.deepEqual(await referencesOf('Item'), [])
    })

    it('are all given back where a message cannot be read', async () => {
      const shelf = await manager.create(Shelf)
      const listener = await callWith((fn) => shelf.put('never', [fn, new Item(), new Unreadable(), drops()]), {
        message: /Unreadable could not read/,
      })
      await untilCollected(listener)
      await assert.rejects(shelf.unreadable(), { message: /Unreadable could not read/ })
    })

    it('are all given back by a call that is refused unread', async () => {
      const item = await manager.create(Item)

      const listener = await callWith((fn) => callMethod(item, 'hidden', [fn, { fn }, new Item(), item, drops()]), {
        code: 'NOT_EXPOSED',
      })
      await untilCollected(listener)
    })

    if (isBounded) {
      it('are all taken back where a message is too long', async () => {
        const shelf = await manager.create(Shelf)
        const long = 'x'.repeat(maxFrameBytes)
        const listener = await callWith((fn) => shelf.put('never', [fn, new Item(), drops(), long]), {
          code: 'FRAME_TOO_LARGE',
        })
        await untilCollected(listener)
        await assert.rejects(shelf.tooLong(maxFrameBytes), { code: 'FRAME_TOO_LARGE' })
        assert.deepEqual(await referencesOf('Item'), [])
        assert.deepEqual(await referencesOf('Shelf'), [1])
      })

      it('to what was first described in a message that never left are described again', async () => {
        const shelf = await manager.create(Shelf)
        const long = 'x'.repeat(maxFrameBytes)
        await assert.rejects(shelf.put('never', [new SyncValve('one'), long]), { code: 'FRAME_TOO_LARGE' })
        const valve = new SyncValve('other')
        await shelf.put('valve', valve)
        assert.equal(await shelf.get('valve'), valve)
      })
    }

    it('bring an object of this side to the other, and it comes home as itself', async () => {
      const shelf = await manager.create(Shelf)
      const mine = new Item('mine')
      await shelf.put('mine', new Package(mine))
      assert.equal(((await shelf.get('mine')) as Package).content, mine)
      assert.equal(await shelf.countItems(mine), 0)
    })
  })
}

/** A function that only the other side keeps, under 'listener'. */
async function putFunction(shelf: Remote<Shelf>): Promise<WeakRef<object>> {
  const listener = (): string => 'heard'
  await shelf.put('listener', listener)
  return new WeakRef(listener)
}

async function heard(shelf: Remote<Shelf>): Promise<() => string> {
  return (await shelf.get('listener')) as () => string
}

/** Makes a call with a function in its arguments, which fails; gives that function. */
async function callWith(
  call: (fn: () => void) => Promise<unknown>,
  expected: { code?: string; message?: RegExp },
): Promise<WeakRef<object>> {
  const fn = (): void => undefined
  await assert.rejects(call(fn), expected)
  return new WeakRef(fn)
}

async function failureOf(
  call: Promise<unknown>,
): Promise<Error & { readonly fault: unknown; readonly known: unknown }> {
  return call.then(
    () => assert.fail('it did not fail'),
    (error: Error & { fault: unknown; known: unknown }) => error,
  )
}

function* drops(): Generator<number> {
  yield 1
}

/** In the order of `inEveryPlace`. */
function proxiesIn(value: unknown): Remote<Item>[] {
  if (isProxy(value)) return [value as Remote<Item>]
  if (typeof value !== 'object' || value === null) return []
  const parts = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return parts.flatMap((part) => proxiesIn(part))
}
