import { currentCall, Exposed, Shared } from 'referent'

const journal: string[] = []
const valves = new Map<string, Valve>()

/** What happened in this process: how a client sees what became of referents that are gone. */
@Shared()
export class Journal {
  @Exposed
  read(): string[] {
    return [...journal]
  }

  @Exposed
  write(entry: string): void {
    journal.push(entry)
  }
}

/** Is disposed of by whoever owns it. */
@Shared()
export class Valve implements AsyncDisposable {
  readonly #label: string
  #turn = (): void => undefined

  constructor(label: string) {
    this.#label = label
    valves.set(label, this)
    journal.push(`${label} made`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // As something that has to be flushed: in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 20))
    journal.push(`${this.#label} disposed`)
  }

  /** Runs until `open`, or until nobody waits for it any more. */
  @Exposed
  async run(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#turn = resolve
      currentCall()?.signal.addEventListener('abort', () => resolve())
    })
    journal.push(`${this.#label} ran`)
    return 'ran'
  }

  @Exposed
  open(): void {
    this.#turn()
  }

  /** Answers with itself when it was opened. */
  @Exposed
  async later(): Promise<this> {
    await this.run()
    return this
  }

  @Exposed
  async *drops(): AsyncGenerator<number> {
    try {
      for (let drop = 1; ; drop++) yield drop
    } finally {
      journal.push(`${this.#label} dry`)
    }
  }

  @Exposed
  spawn(label: string): Valve {
    return new Valve(label)
  }
}

@Shared()
export class SyncValve implements Disposable {
  readonly #label: string

  constructor(label: string) {
    this.#label = label
  }

  [Symbol.dispose](): void {
    journal.push(`${this.#label} disposed`)
  }

  /** A valve that was made once. */
  @Exposed
  revive(label: string): Valve {
    return valves.get(label) ?? new Valve(label)
  }
}

/** What it throws while it is disposed of, nobody can be told. */
@Shared()
export class StuckValve implements AsyncDisposable {
  @Exposed
  noop(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    throw new RangeError('the valve is stuck')
  }
}

/** Takes its time to be made. */
@Shared()
export class SlowValve extends Valve {
  constructor(label: string) {
    super(label)
    const untilMs = performance.now() + 60
    while (performance.now() < untilMs);
  }
}
