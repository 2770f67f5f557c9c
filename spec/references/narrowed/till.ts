import { once } from 'node:events'
import { attach, currentCall, Exposed, isProxy, Process, refOf, type Remote, Shared } from 'referent'

/** Has one member of each kind. */
@Shared({ snapshot: ['id'], iterator: 'coins' })
export class Till {
  readonly id: string
  #balance = 0
  #isEnded = false
  #kept: unknown

  constructor(id = 'till') {
    this.id = id
  }

  @Exposed
  get balance(): number {
    return this.#balance
  }

  @Exposed
  set balance(value: number) {
    this.#balance = value
  }

  @Exposed
  get owner(): string {
    return 'Ada'
  }

  @Exposed
  put(amount: number): number {
    return (this.#balance += amount)
  }

  @Exposed
  count(): number {
    return this.#balance
  }

  @Exposed
  itself(): this {
    return this
  }

  @Exposed
  async itselfLater(): Promise<this> {
    return this
  }

  /** Without end; one coin as soon as it is asked. */
  @Exposed
  async *coins(): AsyncGenerator<number> {
    try {
      yield 1
      await once(signalOfCall(), 'abort')
    } finally {
      this.#isEnded = true
    }
  }

  /** Like `coins`, one at a time when it is asked. */
  @Exposed({ stepwise: true })
  async *steps(): AsyncGenerator<number> {
    yield* this.coins()
  }

  /** Whether a generator of it has run its `finally`. */
  @Exposed
  hasEnded(): boolean {
    return this.#isEnded
  }

  /** Until it is aborted. */
  @Exposed
  async wait(): Promise<void> {
    const signal = signalOfCall()
    await once(signal, 'abort')
    signal.throwIfAborted()
  }

  @Exposed
  keep(thing: unknown): boolean {
    this.#kept = thing
    return isProxy(thing)
  }

  @Exposed
  kept(): unknown {
    return this.#kept
  }

  /** What code of the server can do with the till that it was given. */
  @Exposed
  async tryWithin(other: Till): Promise<string> {
    return tried(other as unknown as Remote<Till>)
  }

  /** Sets the clock of its process to so much later than it is. */
  @Exposed
  setClock(laterMs: number): void {
    Date.now = () => Math.round(performance.timeOrigin + performance.now() + laterMs)
  }

  /** Calls back with what it keeps. */
  @Exposed
  async tell(listener: (kept: unknown) => unknown): Promise<unknown> {
    return listener(this.#kept)
  }
}

/** Has one thing done at a time. */
@Shared({ concurrency: 'serial' })
export class Counter {
  /** Until it is aborted. */
  @Exposed
  async busy(): Promise<void> {
    await once(signalOfCall(), 'abort')
  }

  @Exposed
  count(): number {
    return 1
  }
}

function signalOfCall(): AbortSignal {
  const call = currentCall()
  if (call === undefined) throw new Error('this is no call')
  return call.signal
}

/** What one can do with a till, or why not. */
export async function tried(till: Remote<Till>): Promise<string> {
  const { put, count, balance } = {
    put: () => till.put(1),
    count: () => till.count(),
    balance: () => till.balance,
  }
  const outcomes = await Promise.all([put, count, balance].map(async (use) => outcomeOf(use)))
  return outcomes.join(' ')
}

async function outcomeOf(use: () => unknown): Promise<string> {
  try {
    return typeof (await use()) === 'number' ? 'done' : 'nothing'
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error)
  }
}

/** In a child: what can be done with the proxy, with a reference that it makes, and in a child of its own. */
export async function tryAll(till: Remote<Till>, board: Remote<Till>, isLast = false): Promise<void> {
  const again = await attach(refOf(till))
  const outcomes = [await tried(till), await tried(again), JSON.parse(JSON.stringify(till)) === refOf(till)]
  await board.keep(outcomes.join(', '))
  if (isLast) return
  const child = new Process(tryAll, [till, board, true])
  child.start()
  await child.join()
}
