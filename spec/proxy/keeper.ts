import { once } from 'node:events'
import { currentCall, Exposed, refOf, type Remote, Shared } from 'referent'

/** Adds up, wherever it lives. */
@Shared({ snapshot: ['owner'] })
export class Tally {
  readonly owner: string
  #total = 0
  readonly #notes: string[] = []

  constructor(owner: string) {
    this.owner = owner
  }

  @Exposed
  add(amount: number): number {
    return (this.#total += amount)
  }

  @Exposed
  get total(): number {
    return this.#total
  }

  @Exposed
  set total(total: number) {
    if (total < 0) throw new RangeError(`a total of ${total}`)
    this.#total = total
  }

  /** The process that it lives in. */
  @Exposed
  get pid(): number {
    return process.pid
  }

  @Exposed
  takeNotes(): string[] {
    return this.#notes.splice(0)
  }

  @Exposed
  *upTo(last: number): Generator<number> {
    try {
      for (let number = 1; number <= last; number++) yield number
    } finally {
      this.#notes.push('finished')
    }
  }

  /** Waits until its caller no longer does. */
  @Exposed
  async untilAborted(): Promise<void> {
    const signal = currentCall()?.signal
    this.#notes.push('waiting')
    if (signal?.aborted === false) await once(signal, 'abort')
    this.#notes.push('aborted')
  }

  hidden(): string {
    return this.owner
  }
}

/** Keeps a tally that may live anywhere, and uses it. */
@Shared()
export class Keeper {
  #kept: Remote<Tally> | undefined

  @Exposed
  keep(tally: Tally): void {
    // Where it lives here it is the tally itself, whose members may be awaited all the same.
    this.#kept = tally as unknown as Remote<Tally>
  }

  @Exposed
  kept(): Tally | undefined {
    return this.#kept as unknown as Tally | undefined
  }

  @Exposed
  async addToKept(amount: number): Promise<number | undefined> {
    return this.#kept?.add(amount)
  }

  /** Calls at once, before it can be known whether the tally is in reach. */
  @Exposed
  async addOneByOne(tally: Remote<Tally>, calls: number): Promise<number[]> {
    return Promise.all(Array.from({ length: calls }, () => tally.add(1)))
  }

  @Exposed
  isKept(tally: unknown): boolean {
    return tally === this.#kept
  }

  @Exposed
  referenceOfKept(): string | undefined {
    return this.#kept && refOf(this.#kept)
  }
}
