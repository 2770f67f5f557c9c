import { Exposed, Shared } from 'referent'

/** Has methods that take long, each in its way. */
@Shared()
export class Worker {
  #release: (() => void)[] = []
  #runs = 0

  /** Computes, and keeps the event loop of its process to itself. */
  @Exposed
  block(ms: number): string {
    const untilMs = performance.now() + ms
    while (performance.now() < untilMs);
    return 'done'
  }

  /** Waits for `release`; gives the number of its run. */
  @Exposed
  async wait(): Promise<number> {
    const run = ++this.#runs
    await new Promise<void>((resolve) => this.#release.push(resolve))
    return run
  }

  /** As `wait`, for who doesn't mind to wait twice. */
  @Exposed({ idempotent: true })
  async waitAgain(): Promise<number> {
    return this.wait()
  }

  /** Answers, and then throws where nobody catches it. */
  @Exposed
  failLater(): void {
    setImmediate(() => {
      throw new Error('a bug in a timer')
    })
  }

  @Exposed
  release(): number {
    const waiting = this.#release
    this.#release = []
    for (const resolve of waiting) resolve()
    return waiting.length
  }

  @Exposed
  bytes(length: number): Uint8Array {
    this.#runs++
    return new Uint8Array(length)
  }

  @Exposed
  take(bytes: Uint8Array): number {
    return bytes.length
  }

  @Exposed
  get runs(): number {
    return this.#runs
  }

  @Exposed
  memory(): number {
    return process.memoryUsage.rss()
  }
}
