import { Exposed, Shared } from 'referent'

export interface Stay {
  readonly who: string
  readonly fromMs: number
  readonly toMs: number
}

/** Keeps what several processes tell, with the time of the server. */
@Shared()
export class Notes {
  readonly #notes: string[] = []
  readonly #inside = new Map<string, number>()
  readonly #stays: Stay[] = []

  @Exposed
  write(note: string): number {
    return this.#notes.push(note)
  }

  @Exposed
  read(): string[] {
    return [...this.#notes]
  }

  @Exposed
  enter(who: string): void {
    this.#inside.set(who, performance.now())
  }

  @Exposed
  leave(who: string): void {
    const fromMs = this.#inside.get(who)
    if (fromMs === undefined) throw new Error(`${who} isn't inside`)
    this.#inside.delete(who)
    this.#stays.push({ who, fromMs, toMs: performance.now() })
  }

  @Exposed
  stays(): Stay[] {
    return [...this.#stays]
  }
}
