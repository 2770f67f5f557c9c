import { type CallContext, deliveryOf } from '../../call-context.ts'
import { ManagerError } from '../../errors.ts'
import { type Custody, type Holder, holderOf, type Source } from './custody.ts'
import type { Entry } from './queue-entries.ts'
import { TaskList } from './task-list.ts'

/** Entries come back that didn't arrive, and those that a session had not finished when it ended. */
export class Tasks<T> implements Custody<T> {
  readonly #lists = new Map<Holder, TaskList<T>>()

  /** How many are in somebody's hands, or on their way there. */
  get count(): number {
    let count = 0
    for (const { size } of this.#lists.values()) count += size
    return count
  }

  handOver(entries: readonly Entry<T>[], call: CallContext | undefined, source: Source<T>): void {
    const list = this.#listOf(call, source)
    const arrival = deliveryOf(call)
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
  done(call: CallContext | undefined, count: number): void | Promise<void> {
    const list = this.#lists.get(holderOf(call))
    if (list === undefined || list.size < count) throw notHeld(list?.size ?? 0, count)
    const underway = list.arrivalOf(count)
    if (underway !== undefined) return underway.then(() => this.done(call, count))
    list.finish(count)
    this.#finished(list)
  }

  /**
   * As `done`, of the one task whose entry has this number.
   * @throws ManagerError `NOT_HELD` where whoever asks has no such task
   */
  doneWith(call: CallContext | undefined, number: number): void | Promise<void> {
    const list = this.#lists.get(holderOf(call))
    const task = list?.find(number)
    if (list === undefined || task === undefined) throw unknownReceipt(number)
    if (task.arrival !== undefined) return task.arrival.then(() => this.doneWith(call, number))
    list.end(task)
    this.#finished(list)
  }

  /** What others have not finished comes back when they end, and what the holder itself has may not have arrived. */
  mayReturn(holder: Holder): boolean {
    for (const [each, list] of this.#lists) if (list.isUnderway || each !== holder) return true
    return false
  }

  /**
   * Where all that have tasks wait, each for the others' ones, they may be going to say so of theirs only when there are
   * no more.
   */
  whoGivesWay(waiting: readonly Holder[]): Holder | undefined {
    for (const [holder, list] of this.#lists) if (list.isUnderway || !waiting.includes(holder)) return undefined
    return waiting.find((holder) => this.#lists.has(holder))
  }

  #finished(list: TaskList<T>): void {
    this.#tidy(list)
    list.source.review()
  }

  #listOf(call: CallContext | undefined, source: Source<T>): TaskList<T> {
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

function unknownReceipt(number: number): ManagerError {
  const why = 'it was done before, or another session has it'
  return new ManagerError('NOT_HELD', `the caller has no task of this queue with the receipt ${number}: ${why}`)
}

function notHeld(held: number, count: number): ManagerError {
  const tasks = (of: number): string => (of === 1 ? '1 task' : `${of} tasks`)
  const holds = held === 0 ? 'no task' : `only ${tasks(held)}`
  return new ManagerError('NOT_HELD', `${tasks(count)} can't be done: the caller has ${holds} of this queue`)
}
