import { Exposed, Shared } from 'referent'

/** Has several client processes run at the same time, and adds up their rates. */
@Shared()
export class Race {
  readonly #parties: number
  #ready: ((sliceMs: number) => void)[] = []
  #perUs = 0
  #gathered: () => void = () => undefined

  constructor(parties: number) {
    this.#parties = parties
  }

  /**
   * A runner says that it is ready, and how long each of its operations took in the run before, if there was one.
   * Resolves with the length of the next run when all are ready and it starts; 0 sends the runner home.
   */
  @Exposed
  ready(usPerOperation?: number): Promise<number> {
    if (usPerOperation !== undefined) this.#perUs += 1 / usPerOperation
    return new Promise((start) => {
      this.#ready.push(start)
      if (this.#ready.length === this.#parties) this.#gathered()
    })
  }

  /** Starts all; resolves with the time per operation of all together, when all are ready again. */
  @Exposed
  async run(sliceMs: number): Promise<number> {
    await this.#all()
    this.#perUs = 0
    this.#start(sliceMs)
    await this.#all()
    return 1 / this.#perUs
  }

  @Exposed
  async end(): Promise<void> {
    await this.#all()
    this.#start(0)
  }

  async #all(): Promise<void> {
    if (this.#ready.length === this.#parties) return
    await new Promise<void>((resolve) => (this.#gathered = resolve))
  }

  #start(sliceMs: number): void {
    const runners = this.#ready
    this.#ready = []
    for (const start of runners) start(sliceMs)
  }
}
