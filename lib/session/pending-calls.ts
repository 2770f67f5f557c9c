import type { ManagerError } from '../errors.ts'
import type { CapturedContext } from '../call-context.ts'
import type { CallId } from '../wire/message.ts'

/** A request of this side that has no answer yet. */
export interface PendingCall {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** The member that was asked for, for messages to people. */
  readonly what: string
  /** The functions and streams that it hands over, and the async context that it does so in. */
  readonly handedOver?: { readonly ids: ReadonlySet<unknown>; readonly context: CapturedContext } | undefined
  /** How long its caller waits, in milliseconds; 0: without a bound. */
  readonly timeoutMs: number
  /** Stops the watch over the caller's options. */
  unwatch?: () => void
  /** Whether its answer is there, and is yet to be given. */
  isHeld?: boolean
  /** Why its caller asked it to end, and waits for the answer. */
  end?: ManagerError
}

/** The requests of one session that wait for an answer; each is settled once, by whoever takes it. */
export class PendingCalls {
  readonly #calls = new Map<CallId, PendingCall>()
  #lastId = 0

  get size(): number {
    return this.#calls.size
  }

  add(call: PendingCall): CallId {
    const id = ++this.#lastId as CallId
    this.#calls.set(id, call)
    return id
  }

  get(id: CallId): PendingCall | undefined {
    return this.#calls.get(id)
  }

  /** Has the call run `unwatch` when it is taken, after what it was given before. */
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

  /** Notes why the caller would have the call end; whether nobody had noted it before. */
  askToEnd(id: CallId, end: ManagerError): boolean {
    const call = this.#calls.get(id)
    if (call === undefined || call.end !== undefined) return false
    call.end = end
    return true
  }

  has(id: CallId): boolean {
    return this.#calls.has(id)
  }

  /** The call under this id, whose answer is there, and is yet to be given; undefined where none waits for one. */
  hold(id: CallId): PendingCall | undefined {
    const call = this.#calls.get(id)
    if (call === undefined || call.isHeld === true) return undefined
    call.isHeld = true
    return call
  }

  /** The call under this id, which from then on is the caller's to settle; none where it was settled before. */
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
