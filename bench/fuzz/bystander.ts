import { deepEqual, equal } from 'node:assert/strict'
import type { Manager, Remote } from 'referent'
import { inspect } from 'node:util'
import type { Report } from './orders.ts'
import { FuzzCounter } from './target.ts'
import { computedMs, measureWaits } from './waiting-time.ts'

/** How often a bystander calls. */
const callEveryMs = 20
/** A call that takes longer is told of. */
const slowMs = 200

/**
 * Somebody who uses the same server as hostile clients, or the same process as a client of a hostile server: it calls,
 * knows the answers, and measures each call. What the machine took is told apart: the time in which this thread, or
 * the server's, was ready to run and had no processor.
 */
export class Bystander {
  readonly #counter: Remote<FuzzCounter>
  readonly #server: number
  readonly #tell: (report: Report) => void
  readonly #running = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #calls = 0
  #increments = 0
  #slowestMs = 0
  #slowestOwnMs = 0

  private constructor(counter: Remote<FuzzCounter>, server: number, tell: (report: Report) => void) {
    this.#counter = counter
    this.#server = server
    this.#tell = tell
  }

  static async start(manager: Manager, tell: (report: Report) => void): Promise<Bystander> {
    const bystander = new Bystander(await manager.create(FuzzCounter), manager.pid, tell)
    bystander.#timer = setInterval(() => bystander.#call(), callEveryMs)
    return bystander
  }

  /** Resolves when all its calls are answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#running)
    this.#tell({ kind: 'calls', calls: this.#calls, slowestMs: this.#slowestMs, slowestOwnMs: this.#slowestOwnMs })
  }

  #call(): void {
    const calling = this.#measured(++this.#calls % 2 === 0 ? () => this.#increment() : () => this.#echo())
    this.#running.add(calling)
    void calling.finally(() => this.#running.delete(calling))
  }

  async #measured(call: () => Promise<void>): Promise<void> {
    const fromMs = Date.now()
    const startMs = performance.now()
    const computed = computedMs(this.#server)
    const waits = measureWaits([process.pid, this.#server])
    try {
      await call()
    } catch (error) {
      this.#tell({ kind: 'failed', what: `a bystander's call: ${inspect(error)}` })
    }
    const tookMs = performance.now() - startMs
    const stolenMs = waits()
    this.#slowestMs = Math.max(this.#slowestMs, tookMs)
    this.#slowestOwnMs = Math.max(this.#slowestOwnMs, tookMs - stolenMs)
    const computedByServerMs = computedMs(this.#server) - computed
    if (tookMs > slowMs) this.#tell({ kind: 'slow', fromMs, tookMs, stolenMs, computedByServerMs })
  }

  async #increment(): Promise<void> {
    const expected = ++this.#increments
    equal(await this.#counter.increment(), expected)
  }

  async #echo(): Promise<void> {
    const value = { when: new Date(this.#calls), list: [1, 'two', this.#calls], map: new Map([['a', 1]]) }
    deepEqual(await this.#counter.echo(value), value)
  }
}
