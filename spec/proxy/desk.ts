import { Exposed, type Remote, Shared } from 'referent'

/** Serves one call at a time, and in the middle of each calls back. */
@Shared({ concurrency: 'serial' })
export class Desk {
  readonly #log: string[] = []

  @Exposed
  async serve(name: string, meanwhile: () => unknown): Promise<string[]> {
    this.#log.push(`${name} begins`)
    await meanwhile()
    this.#log.push(`${name} ends`)
    return [...this.#log]
  }

  @Exposed
  note(text: string): void {
    this.#log.push(text)
  }

  /** Lets its caller in again. */
  @Exposed
  async serveItself(self: Desk, depth: number): Promise<number> {
    return depth === 0 ? 0 : 1 + (await self.serveItself(self, depth - 1))
  }
}

/** Hands notes on, from another server. */
@Shared()
export class Messenger {
  @Exposed
  async bring(desk: Remote<Desk>, text: string): Promise<void> {
    await desk.note(text)
  }
}
