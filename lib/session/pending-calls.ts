import type { ManagerError } from '../errors.ts'
import type { CapturedContext } from '../call-context.ts'
import type { CallId } from '../wire/message.ts'

/** A request of this side that has no answer yet. */
export interface PendingCall {
  readonly id: CallId
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** The member that was asked for, for messages to people. */
  readonly what: string
  /** The functions and streams among its arguments, and the async context of the caller. */
  readonly handedOver?: { readonly ids: ReadonlySet<unknown>; readonly context: CapturedContext } | undefined
  /** How long its caller waits, in milliseconds; 0: without a bound. */
  readonly timeoutMs: number
  /** During which interruption of the connection it was made; 0: there was one. */
  readonly interruption: number
  /** Stops the watch over the caller's options. */
  unwatch?: () => void
  /** Whether its answer has arrived and waits for the proof that the session stands. */
  isHeld?: boolean
  /** Why its caller has aborted it, where that waits for the answer all the same. */
  end?: ManagerError
}

/** Powers of two: how many slots there are at first, and how many are kept while nothing waits. */
const fewestSlots = 64
const keptSlots = 1024

/**
 * The requests of one session that wait for an answer. Each is settled once, by the code that takes it.
 *
 * Ids count up, so that each has a slot of its own in an array, for as long as fewer are made meanwhile than that has slots.
 * To make and end an entry of a `Map` for every call would have the engine build that anew all the time.
 */
export class PendingCalls {
  #slots = emptySlots(fewestSlots)
  /** Those that waited for longer than the others, whose slots those needed. */
  readonly #old = new Map<CallId, PendingCall>()
  #size = 0
  #lastId = 0

  get size(): number {
    return this.#size
  }

  /** Returns the number of the next request. */
  nextId(): CallId {
    return ++this.#lastId as CallId
  }

  add(call: PendingCall): void {
    this.#size++
    if (this.#slots[this.#slotOf(call.id)] !== undefined && 2 * this.#size > this.#slots.length) this.#grow()
    this.#put(call)
  }

  get(id: CallId): PendingCall | undefined {
    const call = this.#slots[this.#slotOf(id)]
    return call?.id === id ? call : this.#old.get(id)
  }

  /** The call runs `unwatch` when it is taken, after those given before. */
  watch(id: CallId, unwatch: () => void): void {
    const call = this.get(id)
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
    const call = this.get(id)
    if (call === undefined || call.end !== undefined) return false
    call.end = end
    return true
  }

  has(id: CallId): boolean {
    return this.get(id) !== undefined
  }

  /** Returns the call with this id, whose answer has arrived and is held; undefined where none waits for one. */
  hold(id: CallId): PendingCall | undefined {
    const call = this.get(id)
    if (call === undefined || call.isHeld === true) return undefined
    call.isHeld = true
    return call
  }

  /** Removes and returns the call with this id; undefined where it was settled before. */
  take(id: CallId): PendingCall | undefined {
    const call = this.get(id)
    if (call === undefined) return undefined
    this.#remove(call)
    call.unwatch?.()
    return call
  }

  /** In the order in which they were made. */
  rejectAll(error: (call: PendingCall) => ManagerError): void {
    const calls = [...this.#old.values(), ...this.#slots].filter((call) => call !== undefined)
    for (const { id } of calls.toSorted((one, other) => one.id - other.id)) {
      const call = this.take(id)
      call?.reject(call.end ?? error(call))
    }
  }

  #put(call: PendingCall): void {
    const slot = this.#slotOf(call.id)
    const older = this.#slots[slot]
    if (older !== undefined) this.#old.set(older.id, older)
    this.#slots[slot] = call
  }

  #remove(call: PendingCall): void {
    const slot = this.#slotOf(call.id)
    if (this.#slots[slot] === call) this.#slots[slot] = undefined
    else this.#old.delete(call.id)
    if (--this.#size === 0 && this.#slots.length > keptSlots) this.#slots = emptySlots(fewestSlots)
  }

  #grow(): void {
    const calls = this.#slots
    this.#slots = emptySlots(2 * calls.length)
    for (const call of calls) if (call !== undefined) this.#put(call)
  }

  #slotOf(id: CallId): number {
    return id & (this.#slots.length - 1)
  }
}

function emptySlots(length: number): (PendingCall | undefined)[] {
  return Array.from({ length }, () => undefined)
}
