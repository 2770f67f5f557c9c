import type { ChildProcess } from 'node:child_process'
import { processWide } from '../process-wide.ts'
import { Watchdog } from './watchdog.ts'

/** How long a child may take to end in order. */
export const endingMs = 2000

/** What becomes of a child when this process ends by itself. */
type AtExit = 'is killed' | 'ends itself'

/**
 * The children of this thread that end with it, also those that compute and wouldn't see that it is gone: when this process
 * ends or is killed, or this thread is terminated.
 */
class ChildCleanup {
  readonly #children = new Map<ChildProcess, AtExit>()
  #watchdog: Watchdog | undefined

  constructor() {
    process.on('exit', () => this.#exit())
  }

  /** Until it has ended. */
  watch(child: ChildProcess, atExit: AtExit): void {
    const { pid } = child
    if (pid === undefined) return
    this.#children.set(child, atExit)
    this.#watchdog ??= new Watchdog({ of: `children-of-${process.pid}`, endingMs })
    this.#watchdog.watch(pid)
    child.once('exit', () => this.#forget(child, pid))
  }

  #forget(child: ChildProcess, pid: number): void {
    this.#children.delete(child)
    this.#watchdog?.forget(pid)
    if (this.#children.size > 0) return
    void this.#watchdog?.end()
    this.#watchdog = undefined
  }

  #exit(): void {
    for (const [child, atExit] of this.#children) if (atExit === 'is killed') child.kill('SIGKILL')
    if (![...this.#children.values()].includes('ends itself')) this.#watchdog?.kill()
  }
}

export function childCleanup(): ChildCleanup {
  return processWide('wards', () => new ChildCleanup())
}
