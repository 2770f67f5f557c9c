import { callMethod, currentCall, Exposed, ManagerError, Shared } from 'referent'

/** One of many that a desk hands out. */
@Shared()
export class Drawer {
  readonly #things: unknown[] = []

  @Exposed
  put(thing: unknown): number {
    return this.#things.push(thing)
  }

  @Exposed
  get count(): number {
    return this.#things.length
  }
}

/** What pages call. */
@Shared({ snapshot: ['label'] })
export class Desk {
  label = 'desk'
  readonly #drawers: Drawer[] = [new Drawer()]
  #aborted = 0
  #waiting = 0
  #listener: ((text: string) => unknown) | undefined

  @Exposed
  add(one: number, other: number): number {
    return one + other
  }

  @Exposed
  echo(value: unknown): unknown {
    return value
  }

  @Exposed
  fail(): never {
    throw Object.assign(new RangeError('the desk is closed'), { code: 'CLOSED', cause: new Error('night') })
  }

  @Exposed
  drawer(): Drawer {
    return this.#drawers[0] ?? new Drawer()
  }

  /** Whether that is its drawer itself, not a proxy. */
  @Exposed
  owns(drawer: unknown): boolean {
    return drawer === this.#drawers[0]
  }

  @Exposed
  async each(times: number, ask: (index: number) => number | Promise<number>): Promise<number> {
    let sum = 0
    for (let index = 0; index < times; index++) sum += await ask(index)
    return sum
  }

  @Exposed
  ask(note: object, method: string): Promise<unknown> {
    return callMethod(note, method)
  }

  @Exposed
  listen(listener: (text: string) => unknown): void {
    this.#listener = listener
  }

  @Exposed
  async tell(text: string): Promise<unknown> {
    return this.#listener?.(text)
  }

  @Exposed
  async *count(to: number): AsyncGenerator<number> {
    try {
      for (let number = 1; number <= to; number++) yield number
    } finally {
      this.label = 'counted'
    }
  }

  @Exposed
  async sum(numbers: AsyncIterable<number>): Promise<number> {
    let sum = 0
    for await (const number of numbers) sum += number
    return sum
  }

  /** Ends when it is aborted. */
  @Exposed
  wait(): Promise<never> {
    const call = currentCall()
    if (call === undefined) throw new ManagerError('PROTOCOL', 'no call')
    this.#waiting++
    return new Promise((_, reject) => {
      call.signal.addEventListener('abort', () => {
        this.#aborted++
        reject(new Error('aborted'))
      })
    })
  }

  @Exposed
  get aborted(): number {
    return this.#aborted
  }

  @Exposed
  get waiting(): number {
    return this.#waiting
  }
}
