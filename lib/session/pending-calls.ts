import type { ManagerError } from '../errors.ts'
import type { CapturedContext } from '../call-context.ts'
import type { CallId } from '../wire/message.ts'

/** A request of this side that has no answer yet. */
export interface PendingCall {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** The member that was asked for, for messages to people. */
  readonly what: string
  /** The functions and streams among its arguments, and the async context of the caller. */
  readonly handedOver?: { readonly ids: ReadonlySet<unknown>; readonly context: CapturedContext } | undefined
  /** How long its caller waits, in milliseconds; 0: without a bound. */
  readonly timeoutMs: number
  /** Stops the watch over the caller's options. */
  unwatch?: () => void
  /** Whether its answer has arrived and waits for the proof that the session stands. */
  isHeld?: boolean
  /** Why its caller has aborted it, where that waits for the answer all the same. */
  end?: ManagerError
}

/** The requests of one session that wait for an answer. Each is settled once, by the code that takes it. */
export class PendingCalls {
  readonly #calls = new Map<CallId, PendingCall>()
  #lastId = 0

  get size(): number {
    return this.#calls.size
  }

  /** Returns the number of the next request. */
  nextId(): CallId {
    return ++this.#lastId as CallId
  }

  add(id: CallId, call: PendingCall): void {
    this.#calls.set(id, call)
  }

  get(id: CallId): PendingCall | undefined {
    return this.#calls.get(id)
  }

  /** The call runs `unwatch` when it is taken, after those given before. */
  watch(id: CallId, unwatch: () => void): void {
    const call = this.#calls.get(id)
    if (call === undefined) return unwatch()
    const before = call.unwatch
    call.unwatch =
      before === undefined
        ? unwatch
        : () => {
            before()
            unwatch()
          }
  }

  /** Notes why the caller aborted the call; returns whether that is the first reason. */
  abort(id: CallId, end: ManagerError): boolean {
    const call = this.#calls.get(id)
    if (call === undefined || call.end !== undefined) return false
    call.end = end
    return true
  }

  has(id: CallId): boolean {
    return this.#calls.has(id)
  }

  /** Returns the call with this id, whose answer has arrived and is held; undefined where none waits for one. */
  hold(id: CallId): PendingCall | undefined {
    const call = this.#calls.get(id)
    if (call === undefined || call.isHeld === true) return undefined
    call.isHeld = true
    return call
  }

  /** Removes and returns the call with this id; undefined where it was settled before. */
  take(id: CallId): PendingCall | undefined {
    const call = this.#calls.get(id)
    if (call === undefined) return undefined
    this.#calls.delete(id)
    call.unwatch?.()
    return call
  }

  rejectAll(error: (what: string) => ManagerError): void {
    for (const id of [...this.#calls.keys()]) {
      const call = this.take(id)
      call?.reject(call.end ?? error(call.what))
    }
  }
}
