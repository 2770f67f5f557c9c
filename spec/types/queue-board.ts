import { Exposed, Shared, type SharedQueue } from 'referent'

/** Holds queues by name, as a list or a map would. */
@Shared()
export class QueueBoard {
  readonly #queues = new Map<string, SharedQueue<string>>()

  @Exposed
  hang(name: string, queue: SharedQueue<string>): void {
    this.#queues.set(name, queue)
  }

  @Exposed
  find(name: string): SharedQueue<string> | undefined {
    return this.#queues.get(name)
  }

  /** Takes a job for the caller. */
  @Exposed
  async next(): Promise<string | undefined> {
    return this.#queues.get('jobs')?.get()
  }

  /** Takes jobs for itself, also after it was called, and puts what it has into another queue. */
  @Exposed
  keepTaking(): void {
    void this.#take()
  }

  async #take(): Promise<void> {
    const [jobs, taken] = ['jobs', 'taken'].map((name) => this.#queues.get(name))
    for await (const job of jobs ?? []) await taken?.put(job)
  }
}
