import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Exposed, type Remote, Shared } from 'referent'
import { block } from '../harness/block.ts'

/** Tells which process it is in, and reaches others from there. */
@Shared()
export class Outpost {
  #kept: Outpost | Remote<Outpost> | undefined

  @Exposed
  get pid(): number {
    return process.pid
  }

  @Exposed
  keep(other: Outpost | Remote<Outpost>): void {
    this.#kept = other
  }

  @Exposed
  kept(): Outpost | Remote<Outpost> | undefined {
    return this.#kept
  }

  @Exposed
  async pidOfKept(): Promise<number | undefined> {
    return this.#kept?.pid
  }

  /** Whether it is the referent itself that is kept. */
  @Exposed
  keepsItself(): boolean {
    return this.#kept === this
  }

  @Exposed
  async call(callback: (pid: number) => unknown): Promise<unknown> {
    return callback(process.pid)
  }

  /** Has another one call the callback. */
  @Exposed
  async callBy(other: Outpost | Remote<Outpost>, callback: (pid: number) => unknown): Promise<unknown> {
    return other.call(callback)
  }

  /** Never answers. */
  @Exposed
  wait(): Promise<never> {
    return new Promise(() => undefined)
  }

  /** Leaves its name in the folder and, without letting go of this process, waits for the other's: whether that comes. */
  @Exposed
  meet(folder: string, name: string, other: string, patienceMs: number): boolean {
    writeFileSync(join(folder, name), '')
    for (let waitedMs = 0; waitedMs < patienceMs && !existsSync(join(folder, other)); waitedMs += 5) block(5)
    return existsSync(join(folder, other))
  }
}
