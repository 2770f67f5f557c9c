import { currentCall } from '../call-context.ts'
import { Exposed } from '../decorators/exposed.ts'
import { Shared } from '../decorators/shared.ts'
import { ManagerError } from '../errors.ts'
import { AnyQueue } from './queueing/any-queue.ts'
import { checkWait, Line, timedOut, type WaitOptions } from './line.ts'
import { QueueEntries } from './queueing/queue-entries.ts'
import { Ring } from './queueing/ring.ts'
import { Tasks } from './queueing/tasks.ts'

/**
 * A queue that knows which of its items are still being worked on. Each item that a session takes is its task until
 * that session says `taskDone`; when the session ends before, however, its tasks are back in their places, for others.
 * So an item is worked on again whose consumer died in the middle of it. Python's `multiprocessing.JoinableQueue`,
 * whose `join` hangs for ever then.
 *
 * Who waits for an item of a closed, empty queue waits on while somebody has a task that may come back.
 */
@Shared({ typeid: 'SharedJoinableQueue', iterator: 'nextItem' })
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
   * The caller's session is done with the oldest of its tasks, or with so many of them.
   * @throws ManagerError `NOT_HELD` where it has not as many: then none is done. Python's ValueError
   */
  @Exposed
  taskDone(count: number = 1): void | Promise<void> {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new RangeError(`count is ${count}; it must be a whole number of tasks, 1 or more`)
    const later = this.#tasks.done(currentCall(), count)
    if (later !== undefined) return later.then(() => this.#letJoinersGo())
    this.#letJoinersGo()
  }

  /**
   * Resolves when every item that was put is done; at once where there is none.
   * @throws ManagerError `TIMEOUT` when that isn't so within `timeoutMs`, `ABORTED`
   */
  @Exposed({ timeoutMs: 0 })
  join(options: WaitOptions = {}): void | Promise<void> {
    checkWait(options)
    if (this.unfinished > 0) return this.#waitToJoin(options)
  }

  /** Drops the items that wait in the queue: they need no `taskDone`. */
  @Exposed
  override clear(): number {
    const count = super.clear()
    this.#letJoinersGo()
    return count
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
