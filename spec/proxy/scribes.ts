import { AsyncLocalStorage } from 'node:async_hooks'
import { Exposed, Shared } from 'referent'

type Told = () => unknown

const shift = new AsyncLocalStorage<string>()

/** Calls what it is given at once, later, and as a stream. */
@Shared()
export class Scribe {
  readonly #kept = new Set<Told>()

  @Exposed
  async ask(told: Told): Promise<unknown> {
    return told()
  }

  @Exposed
  keep(told: Told): void {
    this.#kept.add(told)
  }

  @Exposed
  async askKept(): Promise<unknown[]> {
    return Promise.all([...this.#kept].map((told) => told()))
  }

  @Exposed
  async read(source: AsyncIterable<unknown>): Promise<unknown[]> {
    const items: unknown[] = []
    for await (const item of source) items.push(item)
    return items
  }

  /** Leaves the source after its first item. */
  @Exposed
  async readOne(source: AsyncIterable<unknown>): Promise<unknown> {
    for await (const item of source) return item
    return undefined
  }

  @Exposed
  async write(sink: WritableStream<unknown>): Promise<void> {
    const writer = sink.getWriter()
    await writer.write('written')
    await writer.close()
  }

  @Exposed
  async handOver(name: string, to: (told: Told) => unknown): Promise<unknown> {
    return shift.run(name, () => to(() => shift.getStore()))
  }
}
