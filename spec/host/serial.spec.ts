import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { currentCall, isManagerError, Manager, refOf, type Remote, snapshot, withOptions } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { RawClient } from '../harness/raw-client.ts'
import { HouseManager, Journal, Ledger, Notebook } from './books.ts'
import { startWriting } from './writers.ts'

leaveNothing()

describe('a serial referent', () => {
  let manager: Manager
  let journal: Remote<Journal>
  let ledger: Remote<Ledger>

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())
  beforeEach(async () => {
    journal = await manager.create(Journal)
    ledger = await manager.create(Ledger, journal)
  })

  /** Waits until a call notes this, and fails where something else is noted before. */
  const noted = async (...lines: string[]) => {
    await eventually(lines.join(', '), async () => (await journal.read()).length >= lines.length || undefined)
    assert.deepEqual(await journal.read(), lines)
  }

  it('runs one call at a time, those of each client in their order', async () => {
    const names = ['a', 'b', 'c']
    const writers = names.map((name) => startWriting(ledger, name, 30))
    for (const writer of writers) assert.equal(await writer.join(), 0)
    const lines = await journal.read()
    const begun = lines.filter((_, index) => index % 2 === 0).map((line) => line.replace(' begins', ''))
    assert.deepEqual(
      lines,
      begun.flatMap((name) => [`${name} begins`, `${name} ends`]),
    )
    const ownOf = (name: string) => begun.filter((each) => each.startsWith(name))
    for (const name of names) {
      assert.deepEqual(
        ownOf(name),
        Array.from({ length: 30 }, (_, index) => `${name} ${index}`),
      )
    }
  })

  it('runs readonly methods and getters side by side, and neither beside a writer', async () => {
    const [first, second, writer] = [new Hold(), new Hold(), new Hold()]
    const calls = [ledger.look('r1', first.wait), ledger.look('r2', second.wait)]
    await noted('r1 begins', 'r2 begins')
    assert.equal(await ledger.torn, false)
    calls.push(ledger.enter('w', writer.wait))
    first.end()
    second.end()
    await writer.begun
    const torn = ledger.torn
    const copied = snapshot(ledger)
    calls.push(ledger.look('r3', () => undefined))
    await noted('r1 begins', 'r2 begins', 'r1 ends', 'r2 ends', 'w begins')
    writer.end()
    assert.deepEqual([await torn, await copied], [false, { isTorn: false }])
    await Promise.all(calls)
    await noted('r1 begins', 'r2 begins', 'r1 ends', 'r2 ends', 'w begins', 'w ends', 'r3 begins', 'r3 ends')
  })

  it('lets no reader overtake a writer that waits', async () => {
    const hold = new Hold()
    const calls = [ledger.look('r1', hold.wait)]
    await hold.begun
    calls.push(ledger.enter('w'))
    for (const name of ['r2', 'r3']) calls.push(ledger.look(name, () => undefined))
    await noted('r1 begins')
    hold.end()
    await Promise.all(calls)
    assert.deepEqual((await journal.read()).slice(0, 4), ['r1 begins', 'r1 ends', 'w begins', 'w ends'])
  })

  it('lets the next in after a call that fails', async () => {
    const hold = new Hold()
    const failing = ledger.fail('f', hold.wait)
    const next = ledger.enter('w')
    await hold.begun
    hold.end()
    await assert.rejects(failing, { name: 'RangeError', message: 'f' })
    await within('the next call ends', next)
    await noted('f begins', 'f ends', 'w begins', 'w ends')
  })

  it('never runs a call whose caller gave up waiting', async () => {
    const hold = new Hold()
    const first = ledger.enter('first', hold.wait)
    await hold.begun
    const controller = new AbortController()
    const waiting = withOptions(ledger, { signal: controller.signal }).enter('aborted')
    const last = ledger.enter('last')
    controller.abort()
    await assert.rejects(waiting, { code: 'ABORTED' })
    hold.end()
    await Promise.all([first, last])
    await noted('first begins', 'first ends', 'last begins', 'last ends')
  })

  it('runs one at a time what is called for one call of another', async () => {
    const [outer, hold] = [await manager.create(Ledger, journal), new Hold()]
    const both = outer.enter('outer', () => Promise.all([ledger.enter('a', hold.wait), ledger.enter('b')]))
    await hold.begun
    await noted('outer begins', 'a begins')
    hold.end()
    await within('the calls end', both)
    await noted('outer begins', 'a begins', 'a ends', 'b begins', 'b ends', 'outer ends')
  })

  it('lets nobody in who saw what earlier calls were named, and guesses', async () => {
    const names: string[] = []
    await ledger.enter('a', () => void names.push(...(currentCall()?.callers ?? [])))
    const hold = new Hold()
    const inside = ledger.enter('b', hold.wait)
    await hold.begun
    const { id, secret } = parseReference(refOf(ledger))
    using raw = await RawClient.open(manager)
    await raw.attach(id, secret)
    const chain = names.flatMap((name) => [1, 2, 3].map((more) => countedOn(name, more))).join(' ')
    const guessed = raw.ask({ kind: 'call', to: id, method: 'enter', value: ['guessed'], chain })
    // Behind the guess, in the same session.
    await raw.ask({ kind: 'call', to: 0, method: 'inspect', value: [] })
    await noted('a begins', 'a ends', 'b begins')
    assert.equal(names.length, 1)
    hold.end()
    await Promise.all([inside, guessed])
  })

  for (const count of [2, 3])
    it(`ends the last of ${count} calls that wait for each other, each in a call of its own`, async () => {
      const ledgers = [
        ledger,
        ...(await Promise.all([2, 3].slice(0, count - 1).map(() => manager.create(Ledger, journal)))),
      ]
      const all = new Hold()
      const errors: unknown[] = []
      let inside = 0
      const calls = ledgers.map((each, index) =>
        each.enter(`outer ${index}`, async () => {
          if (++inside === count) all.end()
          await all.wait()
          const next = ledgers[(index + 1) % count]
          await next?.enter('inner').catch((error: unknown) => errors.push(error))
        }),
      )
      await within('all end', Promise.all(calls))
      const [error] = errors
      assert.ok(
        errors.length === 1 && isManagerError(error, 'DEADLOCK') && error.delivery === 'not-sent',
        String(error),
      )
      assert.match(error.message, /Ledger\.enter, .*Ledger\.enter\. The one that came last was ended/)
      assert.equal((await journal.read()).filter((line) => line === 'inner begins').length, count - 1)
    })

  it('takes no calls for a deadlock that nobody awaits', async () => {
    const other = await manager.create(Ledger, journal)
    const inner: Promise<void>[] = []
    const both = new Hold()
    const outer = [
      ledger.enter('a', () => (inner.push(other.enter('b in a')), both.wait())),
      other.enter('b', () => (inner.push(ledger.enter('a in b')), both.wait())),
    ]
    await eventually('both have called', () => inner.length === 2 || undefined)
    both.end()
    await within('all end', Promise.all([...outer, ...inner]))
  })

  it('lets others in between the items of a generator, but not into a step or the finally', async () => {
    const [step, writer] = [new Hold(), new Hold()]
    const entries = ledger.entries('g', step.wait)
    const first = entries.next()
    await step.begun
    const write = ledger.enter('w', writer.wait)
    await noted('g 1 begins')
    step.end()
    await writer.begun
    await noted('g 1 begins', 'g 1 ends', 'w begins')
    const returned = first.then(() => entries.return(undefined))
    await first
    await noted('g 1 begins', 'g 1 ends', 'w begins')
    writer.end()
    await within('the stream ends', Promise.all([returned, write]))
    const lines = await journal.read()
    assert.deepEqual(lines.slice(3, 4), ['w ends'])
    assert.deepEqual(lines.slice(-2), ['finally of g begins', 'finally of g ends'])
  })

  it('runs a readonly generator beside other readers', async () => {
    const [step, reader] = [new Hold(), new Hold()]
    const pages = ledger.pages('p', step.wait)
    const first = pages.next()
    await step.begun
    const look = ledger.look('r', reader.wait)
    await within('the reader begins', reader.begun)
    step.end()
    reader.end()
    await Promise.all([first, look, pages.return(undefined)])
  })
})

describe('a referent of the default kind', () => {
  let manager: Manager

  before(async () => (manager = await HouseManager.start()))
  after(() => manager.close())

  it('lets other calls run at each await of one', async () => {
    const journal = await manager.create(Journal)
    const notebook = await manager.create(Notebook, journal)
    const hold = new Hold()
    const first = notebook.enter('first', hold.wait)
    await hold.begun
    await notebook.enter('second')
    hold.end()
    await first
    assert.deepEqual(await journal.read(), ['first begins', 'second begins', 'second ends', 'first ends'])
  })

  it('is made while another one still is', async () => {
    const door = manager.create<{ isOpen(): boolean }>('Door')
    const key = await within('the key is made', manager.create<{ turn(): boolean }>('Key'))
    assert.equal(await key.turn(), true)
    assert.equal(await (await within('the door is made', door)).isOpen(), true)
  })
})

/** The name that would come so many later, were they numbers. */
function countedOn(name: string, more: number): string {
  return name.replace(/\d+$/, (number) => String(Number(number) + more))
}

/** What a call does in its middle: waits until it is told to go on. */
class Hold {
  #begin = (): void => undefined
  #end = (): void => undefined
  /** Resolves when the call waits. */
  readonly begun = new Promise<void>((resolve) => (this.#begin = resolve))
  readonly #ended = new Promise<void>((resolve) => (this.#end = resolve))

  readonly wait = async (): Promise<void> => {
    this.#begin()
    await this.#ended
  }

  end(): void {
    this.#end()
  }
}
