import type { PoolMessage, WorkerMessage } from './messages.ts'

/** What a worker runs in, from outside: a process of its own, or a thread of this one. At first it keeps this program alive. */
export interface Runtime {
  /** For messages to people. */
  readonly name: string
  /** Undefined where the process could not be started. */
  readonly pid: number | undefined
  /** Whether it has ended: it is told nothing more. */
  readonly isOver: boolean
  /** Resolves when it has ended and all that it said was heard. Never rejects. */
  readonly exited: Promise<void>
  /** How it ended, for messages to people. */
  readonly ending: string
  /** Why it could not start, or the error that ended it, as far as that is known here. */
  readonly failure: Error | undefined
  /** Who is no longer there to hear it has an end that says so. */
  tell(message: PoolMessage): void
  hear(listener: (message: WorkerMessage) => void): void
  ref(): void
  unref(): void
  /** Asks it to end, which it does when it runs nothing. */
  dismiss(): void
  /** Ends it at once. */
  kill(): void
}
