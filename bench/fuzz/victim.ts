import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { assign, attach, callMethod, isProxy, Manager, refOf, release, type Remote, snapshot } from 'referent'
import type { Dice } from './dice.ts'
import { tell } from './hostile-process.ts'
import { laneAddress } from './lobby.ts'
import { maxTextBytes } from './outcome.ts'

const callTimeoutMs = 300
/** How long anything may take: calls have their own bound, and a busy machine its time. */
const mostMs = 20_000

/** A program that trusts its server too much: it calls, iterates, hands over, and goes on whatever it gets. */
export class Victim {
  readonly #address: string
  readonly #authkey: Buffer
  readonly #dice: Dice
  #isStopped = false

  constructor(address: string, lane: number, authkey: Buffer, dice: Dice) {
    this.#address = laneAddress(address, lane)
    this.#authkey = authkey
    this.#dice = dice
  }

  /** Resolves when it was stopped. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const manager = await this.#connect()
      if (manager === undefined) {
        await pause(5)
        continue
      }
      await this.#use(manager)
      await bounded('close', manager.close())
    }
  }

  stop(): void {
    this.#isStopped = true
  }

  #connect(): Promise<Manager | undefined> {
    const heartbeat = { intervalMs: 200, missed: 3 }
    const options = { authkey: this.#authkey, callTimeoutMs, heartbeat, maxTextBytes, timeoutMs: 2000 }
    return bounded('connect', Manager.connect(this.#address, options))
  }

  /** Until the session is lost, most of the time. */
  async #use(manager: Manager): Promise<void> {
    let target: Remote<unknown> | undefined
    for (let calls = 0; calls < 300 && !this.#isStopped; calls++) {
      target ??= await this.#open(manager)
      if (target === undefined) {
        if (this.#dice.oneIn(4)) return
        continue
      }
      const found = await this.#call(target)
      if (isProxy(found)) target = found
      if (this.#dice.oneIn(20)) target = undefined
    }
  }

  async #open(manager: Manager): Promise<Remote<unknown> | undefined> {
    const found = await bounded(
      'open',
      this.#dice.of<() => Promise<unknown>>([
        () => manager.create('FuzzTarget', 1),
        () => manager.lookup('name'),
        () => manager.named('name', 'FuzzTarget'),
        () => manager.inspect(),
      ])(),
    )
    return isProxy(found) ? found : undefined
  }

  #call(target: Remote<unknown>): Promise<unknown> {
    const dice = this.#dice
    const value = { a: [1, new Date(0)], when: new Map([['k', 1n]]) }
    return bounded(
      'call',
      dice.make<Promise<unknown>>([
        () => callMethod(target, 'echo', [value]),
        () => callMethod(target, 'echo', [target]),
        () => callMethod(target, 'keep', ['text']),
        () => callMethod(target, 'callBack', [(...args: unknown[]) => args]),
        () => callMethod(target, 'callBack', [() => Promise.reject(new Error('no'))]),
        () => callMethod(target, 'ring', [() => undefined]),
        () => callMethod(target, 'drain', [numbers()]),
        () => callMethod(target, 'pour', [new WritableStream()]),
        () => iterate(callMethod(target, 'upTo', [40]), dice.between(1, 50)),
        async () => (await Reflect.get(target, 'value')) as unknown,
        async () => assign(target, { value: 7 } as object),
        async () => snapshot(target),
        async () => attach(refOf(target).toString(), { timeoutMs: 500 }),
        () => this.#release(target),
      ]),
    )
  }

  async #release(target: Remote<unknown>): Promise<void> {
    release(target)
    await Promise.resolve()
  }
}

function* numbers(): Generator<number> {
  for (let number = 0; number < 50; number++) yield number
}

async function iterate(from: unknown, most: number): Promise<number> {
  let count = 0
  const items = (await from) as AsyncIterable<unknown>
  // What the hostile server gave in place of a stream may be anything.
  if (typeof Reflect.get(Object(items) as object, Symbol.asyncIterator) !== 'function') return 0
  for await (const item of items) if (item === null || ++count >= most) break
  return count
}

/** What it resolves with; undefined where it rejects, as most do. It must settle. */
async function bounded<T>(what: string, attempt: Promise<T>): Promise<T | undefined> {
  const timer = setTimeout(() => tell({ kind: 'failed', what: `'${what}' takes more than ${mostMs} ms` }), mostMs)
  try {
    const value = await attempt
    inspect(value, { depth: 2, maxArrayLength: 5, maxStringLength: 50 })
    return value
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
