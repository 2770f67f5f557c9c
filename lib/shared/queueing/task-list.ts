import { onAbort } from '../../abort.ts'
import type { Holder, Source } from './custody.ts'
import type { Entry } from './queue-entries.ts'
import { Ring } from './ring.ts'

interface Task<T> {
  readonly entry: Entry<T>
  /** Resolves when it is known whether it has arrived; undefined once it has. */
  arrival: Promise<unknown> | undefined
  /** Whether it was finished, or withdrawn. */
  isOver: boolean
}

/** So many tasks that are over may always stand among the others. */
const leastOver = 16

/** The tasks that one holder has, in the order in which it took them. */
export class TaskList<T> {
  readonly holder: Holder
  /** Where they came from. */
  readonly source: Source<T>
  readonly #unlisten: (() => void) | undefined
  /** Of those that are over, some too that one before isn't. */
  readonly #tasks = new Ring<Task<T>>()
  /** Those that aren't over, by the numbers of their entries. */
  readonly #ongoing = new Map<number, Task<T>>()

  /** @param ended tells by `onEnded` that the holder is gone */
  constructor(holder: Holder, source: Source<T>, ended: AbortSignal | undefined, onEnded: () => void) {
    this.holder = holder
    this.source = source
    this.#unlisten = ended === undefined ? undefined : onAbort(ended, onEnded)
  }

  get size(): number {
    return this.#ongoing.size
  }

  /** Whether of some it isn't known yet whether they have arrived. */
  get isUnderway(): boolean {
    return this.arrivalOf(this.size) !== undefined
  }

  /** What to await before it is known that the oldest `count` have arrived; undefined where it is. */
  arrivalOf(count: number): Promise<unknown> | undefined {
    let left = count
    for (const { isOver, arrival } of this.#tasks) {
      if (isOver) continue
      if (left-- === 0) return undefined
      if (arrival !== undefined) return arrival
    }
    return undefined
  }

  /** The one of the entry with this number. */
  find(number: number): Task<T> | undefined {
    return this.#ongoing.get(number)
  }

  add(entries: readonly Entry<T>[], arrival: Promise<unknown> | undefined): readonly Task<T>[] {
    const tasks = entries.map((entry) => ({ entry, arrival, isOver: false }))
    for (const task of tasks) {
      this.#tasks.add(task)
      this.#ongoing.set(task.entry.number, task)
    }
    return tasks
  }

  arrived(tasks: readonly Task<T>[]): void {
    for (const task of tasks) task.arrival = undefined
  }

  /** Ends the oldest `count`. */
  finish(count: number): void {
    for (let left = count; left > 0; left--) {
      const { first } = this.#tasks
      if (first !== undefined) this.end(first)
    }
  }

  end(task: Task<T>): void {
    task.isOver = true
    this.#ongoing.delete(task.entry.number)
    while (this.#tasks.first?.isOver === true) this.#tasks.take()
    if (this.#tasks.size > 2 * this.size + leastOver) this.#dropOver()
  }

  /** Ends those of `tasks` that aren't over, and gives what they were. */
  withdraw(tasks: Iterable<Task<T>>): Entry<T>[] {
    const ongoing = [...tasks].filter(({ isOver }) => !isOver)
    for (const task of ongoing) this.end(task)
    return ongoing.map(({ entry }) => entry)
  }

  withdrawAll(): Entry<T>[] {
    return this.withdraw(this.#tasks)
  }

  dispose(): void {
    this.#unlisten?.()
  }

  /** They would pile up behind one that takes long. */
  #dropOver(): void {
    const ongoing = [...this.#tasks].filter(({ isOver }) => !isOver)
    this.#tasks.clear()
    for (const task of ongoing) this.#tasks.add(task)
  }
}
