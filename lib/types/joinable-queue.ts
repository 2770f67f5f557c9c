import {
  type CurrentCall,
  checkWait,
  currentCall,
  Exposed,
  type Held,
  type Holder,
  holdersOf,
  isWhole,
  ManagerError,
  Shared,
  type State,
  stateOf,
  timedOut,
  type WaitOptions,
  WaitQueue,
} from '../extension.ts'
import { AnyQueue, whenTaken } from './queue.ts'
import type { Entry } from './queues/entry-heap.ts'

const isCount = isWhole(1)

/** An item that its taker has to say is done. */
export interface QueueTask<T> {
  readonly item: T
  /** What `finish` is told. */
  readonly receipt: number
}

/**
 * A queue that knows which of its items are still being worked on. Each item that a session takes is its task until
 * that session says it is done; when the session ends before, however, its tasks are back in their places, for others.
 * So an item is worked on again whose consumer died in the middle of it. Python's `multiprocessing.JoinableQueue`,
 * whose `join` hangs for ever then.
 *
 * Like Python's, `taskDone` doesn't tell which task: it ends the session's oldest. A session that works on several at a time
 * takes them by `getTask` and says which it has done by `finish`, as otherwise its death could bring back one that was done,
 * and not the one that wasn't.
 *
 * A wait for an item of a closed, empty queue goes on while another session has a task that may come back. Where all
 * sessions that have tasks wait for each other's, the first of them is told that there is no more.
 */
@Shared({ module: 'referent', typeid: 'SharedJoinableQueue', iterator: 'nextItem' })
export class SharedJoinableQueue<T> extends AnyQueue<T> implements Held {
  readonly #joiners = new WaitQueue<undefined>()

  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    super(maxSize, { acknowledged: true })
  }

  /** Who has tasks that aren't done. */
  [holdersOf](): Iterable<Holder> {
    return this.core.unacked.holders()
  }

  override [stateOf](): State {
    return { ...super[stateOf](), unfinished: this.unfinished, joiners: this.#joiners.length }
  }

  /** How many of the items that were put are not done: those that wait in the queue, and those that are worked on. */
  @Exposed
  get unfinished(): number {
    return this.size + this.core.unacked.count
  }

  /**
   * Like `get`, and with a receipt, by which `finish` knows this task from others of the session.
   * @throws as `get`
   */
  @Exposed({ timeoutMs: 0 })
  getTask(options?: WaitOptions): QueueTask<T> | Promise<QueueTask<T>> {
    return whenTaken(this.take('queue.getTask', 1, options), taskOf)
  }

  /**
   * The caller's session is done with the task that came with this receipt.
   * @throws ManagerError `NOT_HELD` where the session has no such task
   */
  @Exposed
  finish(receipt: number): void | Promise<void> {
    isCount('queue.finish: receipt', receipt)
    return this.#finish(currentCall(), receipt)
  }

  /**
   * The caller's session is done with the oldest of its tasks, or with so many of them.
   * @throws ManagerError `NOT_HELD` where it has not as many: then none is done. Python's ValueError
   */
  @Exposed
  taskDone(count: number = 1): void | Promise<void> {
    isCount('queue.taskDone: count', count)
    return this.#finishOldest(currentCall(), count)
  }

  /**
   * Resolves when every item that was put is done; at once where there is none.
   * @throws ManagerError `TIMEOUT` when that isn't so within `timeoutMs`, `ABORTED`
   */
  @Exposed({ timeoutMs: 0 })
  join(options: WaitOptions = {}): void | Promise<void> {
    checkWait('queue.join', options)
    if (this.unfinished > 0) return this.#waitToJoin(options)
  }

  /** Drops the items that wait in the queue: they need no `taskDone`. */
  @Exposed
  override clear(): number {
    const count = super.clear()
    this.#letJoinersGo()
    return count
  }

  /** At once where the task has arrived, otherwise when that is known. */
  #finish(call: CurrentCall | undefined, receipt: number): void | Promise<void> {
    const { unacked } = this.core
    const task = unacked.find(call, receipt)
    if (task === undefined) throw unknownReceipt(receipt)
    if (task.arrival !== undefined) return task.arrival.then(() => this.#finish(call, receipt))
    unacked.acknowledgeOne(call, task)
    this.#finished()
  }

  /** Like `#finish`. */
  #finishOldest(call: CurrentCall | undefined, count: number): void | Promise<void> {
    const { unacked } = this.core
    const held = unacked.countOf(call)
    if (held < count) throw notHeld(held, count)
    const arrival = unacked.arrivalOf(call, count)
    if (arrival !== undefined) return arrival.then(() => this.#finishOldest(call, count))
    unacked.acknowledge(call, count)
    this.#finished()
  }

  /** What was waited for may never come now. */
  #finished(): void {
    this.core.settle()
    this.#letJoinersGo()
  }

  async #waitToJoin(options: WaitOptions): Promise<void> {
    if ((await this.#joiners.wait(undefined, options)) !== timedOut) return
    throw new ManagerError('TIMEOUT', `${this.unfinished} items are not done after ${options.timeoutMs} ms`)
  }

  #letJoinersGo(): void {
    if (this.unfinished > 0) return
    this.#joiners.resolveAll()
  }
}

function taskOf<T>(entries: readonly Entry<T>[]): QueueTask<T> {
  const [{ item, number }] = entries as readonly [Entry<T>]
  return { item, receipt: number }
}

function unknownReceipt(receipt: number): ManagerError {
  const why = 'it was done before, or another session has it'
  return new ManagerError('NOT_HELD', `the caller has no task of this queue with the receipt ${receipt}: ${why}`)
}

function notHeld(held: number, count: number): ManagerError {
  const tasks = (of: number): string => (of === 1 ? '1 task' : `${of} tasks`)
  const holds = held === 0 ? 'no task' : `only ${tasks(held)}`
  return new ManagerError('NOT_HELD', `${tasks(count)} can't be done: the caller has ${holds} of this queue`)
}
