import { currentContext } from '../call-context.ts'
import { Exposed } from '../decorators/exposed.ts'
import { Shipped } from '../decorators/shared.ts'
import { ManagerError } from '../errors.ts'
import { isWhole } from '../options.ts'
import { AnyQueue, whenTaken } from './queueing/any-queue.ts'
import { checkWait, Line, timedOut, type WaitOptions } from './line.ts'
import { type Entry, QueueEntries } from './queueing/queue-entries.ts'
import { Ring } from './queueing/ring.ts'
import { Tasks } from './queueing/tasks.ts'

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
 * Who waits for an item of a closed, empty queue waits on while another session has a task that may come back. Where all
 * that have tasks wait for each other's, the first of them is told that there is no more.
 */
@Shipped({ typeid: 'SharedJoinableQueue', iterator: 'nextItem' })
export class SharedJoinableQueue<T> extends AnyQueue<T> {
  readonly #tasks: Tasks<T>
  readonly #joiners = new Line<undefined>()

  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    const tasks = new Tasks<T>()
    super(maxSize, new QueueEntries(new Ring(), (one, other) => one.number < other.number), tasks)
    this.#tasks = tasks
  }

  /** How many of the items that were put are not done: those that wait in the queue, and those that are worked on. */
  @Exposed
  get unfinished(): number {
    return this.size + this.#tasks.count
  }

  /**
   * As `get`, and with a receipt, by which `finish` knows this task from others of the session.
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
    return this.#lettingJoinersGo(this.#tasks.doneWith(currentContext(), receipt))
  }

  /**
   * The caller's session is done with the oldest of its tasks, or with so many of them.
   * @throws ManagerError `NOT_HELD` where it has not as many: then none is done. Python's ValueError
   */
  @Exposed
  taskDone(count: number = 1): void | Promise<void> {
    isCount('queue.taskDone: count', count)
    return this.#lettingJoinersGo(this.#tasks.done(currentContext(), count))
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

  #lettingJoinersGo(done: void | Promise<void>): void | Promise<void> {
    if (done !== undefined) return done.then(() => this.#letJoinersGo())
    this.#letJoinersGo()
  }

  async #waitToJoin(options: WaitOptions): Promise<void> {
    if ((await this.#joiners.join(undefined, options)) !== timedOut) return
    throw new ManagerError('TIMEOUT', `${this.unfinished} items are not done after ${options.timeoutMs} ms`)
  }

  #letJoinersGo(): void {
    if (this.unfinished > 0) return
    while (this.#joiners.length > 0) this.#joiners.serve()
  }
}

function taskOf<T>(entries: readonly Entry<T>[]): QueueTask<T> {
  const [{ item, number }] = entries as readonly [Entry<T>]
  return { item, receipt: number }
}
