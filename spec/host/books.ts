import { Exposed, Manager, Shared } from 'referent'

type Meanwhile = () => unknown

/** Notes what happens, in order. */
@Shared()
export class Journal {
  readonly #lines: string[] = []

  @Exposed
  note(line: string): void {
    this.#lines.push(line)
  }

  @Exposed
  read(): string[] {
    return [...this.#lines]
  }
}

/** Its calls note when they begin and end, and do in between what they are given. */
export abstract class Book {
  readonly #journal: Journal
  /** Whether a call is writing. */
  isTorn = false

  constructor(journal: Journal) {
    this.#journal = journal
  }

  @Exposed
  async enter(name: string, meanwhile: Meanwhile = () => undefined): Promise<void> {
    this.isTorn = true
    await this.#during(name, meanwhile)
    this.isTorn = false
  }

  @Exposed
  async fail(name: string, meanwhile: Meanwhile): Promise<void> {
    await this.#during(name, meanwhile)
    throw new RangeError(name)
  }

  @Exposed({ readonly: true })
  async look(name: string, meanwhile: Meanwhile): Promise<void> {
    await this.#during(name, meanwhile)
  }

  @Exposed
  get torn(): boolean {
    return this.isTorn
  }

  /** Waits before each item. */
  @Exposed
  async *entries(name: string, meanwhile: Meanwhile): AsyncGenerator<number> {
    try {
      for (let entry = 1; ; entry++) {
        await this.#during(`${name} ${entry}`, meanwhile)
        yield entry
      }
    } finally {
      await this.#during(`finally of ${name}`, () => undefined)
    }
  }

  @Exposed({ readonly: true })
  async *pages(name: string, meanwhile: Meanwhile): AsyncGenerator<number> {
    for (let page = 1; page <= 2; page++) {
      await this.#during(`${name} ${page}`, meanwhile)
      yield page
    }
  }

  async #during(name: string, meanwhile: Meanwhile): Promise<void> {
    this.#journal.note(`${name} begins`)
    await meanwhile()
    this.#journal.note(`${name} ends`)
  }
}

@Shared({ concurrency: 'serial', snapshot: true })
export class Ledger extends Book {}

@Shared()
export class Notebook extends Book {}

/** Has a door that takes until somebody makes its key. */
export class HouseManager extends Manager {}

class Door {
  isOpen(): boolean {
    return true
  }
}

let open = (): void => undefined
const opened = new Promise<void>((resolve) => (open = resolve))

HouseManager.register('Door', async () => opened.then(() => new Door()), { exposed: ['isOpen'] })
HouseManager.register(
  'Key',
  () => {
    open()
    return { turn: () => true }
  },
  { exposed: ['turn'] },
)
