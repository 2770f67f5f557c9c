import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type GatedCall, SerialGate } from '../../lib/host/serial-gate.ts'

describe('SerialGate', () => {
  it('runs a call at once where nobody is inside, and gives its result as it is', () => {
    const gate = new SerialGate()
    assert.equal(
      gate.run(new Call(), false, () => 7),
      7,
    )
    assert.equal(
      gate.run(new Call(), false, () => 8),
      8,
    )
  })

  it('lets calls in one at a time, in the order of their coming', async () => {
    const calls = new Calls()
    const ends = ['a', 'b', 'c'].map((name) => calls.write(name))
    for (const end of ends) {
      assert.equal(calls.inside.length, 1)
      await end()
    }
    assert.deepEqual(calls.log, ['a', 'b', 'c'])
  })

  it('lets readers in side by side, but neither beside a writer', async () => {
    const calls = new Calls()
    const [first, second, writer, third] = [calls.read('r1'), calls.read('r2'), calls.write('w'), calls.read('r3')]
    assert.deepEqual(calls.inside, ['r1', 'r2'])
    await first()
    assert.deepEqual(calls.inside, ['r2'])
    await second()
    assert.deepEqual(calls.inside, ['w'])
    await writer()
    assert.deepEqual(calls.inside, ['r3'])
    await third()
  })

  it('lets no reader overtake a writer that waits', async () => {
    const calls = new Calls()
    const reader = calls.read('r1')
    const writer = calls.write('w')
    for (let late = 2; late < 5; late++) calls.read(`r${late}`)
    await reader()
    assert.deepEqual(calls.inside, ['w'])
    await writer()
    assert.deepEqual(calls.inside, ['r2', 'r3', 'r4'])
  })

  it('lets the next in after a call that throws or rejects', async () => {
    const gate = new SerialGate()
    const failing = () => {
      throw new Error('spec')
    }
    assert.throws(() => gate.run(new Call(), false, failing), /spec/)
    const rejected = gate.run(new Call(), false, () => Promise.reject(new Error('spec')))
    const waiting = gate.run(new Call(), false, failing)
    const last = gate.run(new Call(), false, () => 'in')
    await assert.rejects(async () => rejected, /spec/)
    await assert.rejects(async () => waiting, /spec/)
    assert.equal(await last, 'in')
  })

  it('lets in at once what is called for a call that is inside, however far away', async () => {
    const gate = new SerialGate()
    const outer = new Call()
    const result = gate.run(outer, false, async () => {
      const between = new Call(outer)
      return gate.run(new Call(between), false, () => gate.run(new Call(new Call(between)), true, () => 'innermost'))
    })
    assert.equal(await result, 'innermost')
  })

  it('has two calls that were made for one of another referent wait for each other', async () => {
    const outer = new Call()
    const calls = new Calls()
    const [first, second] = [calls.write('a', outer), calls.write('b', outer)]
    assert.deepEqual(calls.inside, ['a'])
    await first()
    assert.deepEqual(calls.inside, ['b'])
    await second()
  })

  it('has a call wait that was made for one which has ended', async () => {
    const calls = new Calls()
    const ended = new Call()
    void calls.gate.run(ended, false, () => undefined)
    const first = calls.write('a')
    const second = calls.write('b', ended)
    assert.deepEqual(calls.inside, ['a'])
    await first()
    await second()
    assert.deepEqual(calls.log, ['a', 'b'])
  })
})

/** A call that is made for another one, or for none. */
class Call implements GatedCall {
  readonly knownId = crypto.randomUUID()
  readonly callers: readonly string[]
  readonly label = 'Spec.call'

  constructor(outer?: Call) {
    this.callers = outer === undefined ? [] : [...outer.callers, outer.knownId]
  }
}

/** Calls through one gate that are inside until they are ended. */
class Calls {
  readonly gate = new SerialGate()
  readonly inside: string[] = []
  /** In the order in which they came in. */
  readonly log: string[] = []

  write(name: string, outer?: Call): () => Promise<void> {
    return this.#call(name, false, outer)
  }

  read(name: string): () => Promise<void> {
    return this.#call(name, true)
  }

  #call(name: string, isReadonly: boolean, outer?: Call): () => Promise<void> {
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const done = this.gate.run(new Call(outer), isReadonly, async () => {
      this.inside.push(name)
      this.log.push(name)
      await ended
      this.inside.splice(this.inside.indexOf(name), 1)
    })
    return async () => {
      end()
      await done
      // Whoever waits behind it comes in a turn later.
      await new Promise(setImmediate)
    }
  }
}
