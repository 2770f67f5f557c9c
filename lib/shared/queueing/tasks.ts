import type { CurrentCall } from '../../call-context.ts'
import { ManagerError } from '../../errors.ts'
import { Arrivals } from './arrivals.ts'
import { type Custody, type Holder, holderOf, type Source } from './custody.ts'
import type { Entry } from './queue-entries.ts'
import { TaskList } from './task-list.ts'

/** Entries come back that didn't arrive, and those that a session had not finished when it ended. */
export class Tasks<T> implements Custody<T> {
  readonly #arrivals = new Arrivals()
  readonly #lists = new Map<Holder, TaskList<T>>()

  /** How many are in somebody's hands, or on their way there. */
  get count(): number {
    let count = 0
    for (const { size } of this.#lists.values()) count += size
    return count
  }

  handOver(entries: readonly Entry<T>[], call: CurrentCall | undefined, source: Source<T>): void {
    const list = this.#listOf(call, source)
    const arrival = this.#arrivals.of(call)
    const batch = list.add(entries, arrival)
    void arrival?.then((hasArrived) => {
      if (hasArrived) list.arrived(batch)
      else this.#giveBack(list, list.withdraw(batch))
      source.review()
    })
  }

  /**
   * The oldest tasks of whoever asks are done: at once where they have arrived, otherwise when that is known.
   * @throws ManagerError `NOT_HELD` where there are fewer
   */
  done(call: CurrentCall | undefined, count: number): void | Promise<void> {
    const list = this.#lists.get(holderOf(call))
    if (list === undefined || list.size < count) throw notHeld(list?.size ?? 0, count)
    const underway = list.arrivalOf(count)
    if (underway !== undefined) return underway.then(() => this.done(call, count))
    list.finish(count)
    this.#tidy(list)
    list.source.review()
  }

  /** What a session has not finished comes back when that session ends; one that only waits for more won't end it. */
  mayReturn(waiting: ReadonlySet<Holder>): boolean {
    for (const [holder, list] of this.#lists) if (list.isUnderway || !waiting.has(holder)) return true
    return false
  }

  #listOf(call: CurrentCall | undefined, source: Source<T>): TaskList<T> {
    const holder = holderOf(call)
    const known = this.#lists.get(holder)
    if (known !== undefined) return known
    const list = new TaskList(holder, source, call?.session.ended, () => this.#giveBack(list, list.withdrawAll()))
    this.#lists.set(holder, list)
    return list
  }

  #giveBack(list: TaskList<T>, entries: readonly Entry<T>[]): void {
    this.#tidy(list)
    list.source.giveBack(entries)
  }

  /** Nothing is kept of who holds nothing. */
  #tidy(list: TaskList<T>): void {
    if (list.size > 0 || this.#lists.get(list.holder) !== list) return
    this.#lists.delete(list.holder)
    list.dispose()
  }
}

function notHeld(held: number, count: number): ManagerError {
  const tasks = (of: number): string => (of === 1 ? '1 task' : `${of} tasks`)
  const holds = held === 0 ? 'no task' : `only ${tasks(held)}`
  return new ManagerError('NOT_HELD', `${tasks(count)} can't be done: the caller has ${holds} of this queue`)
}
