import type { Operation } from './history.ts'

/** A call, or the return from one. */
export interface Event<C> {
  readonly kind: 'call' | 'return'
  readonly operation: Operation<C>
  /** Counts the operations that return by the time of their calls, and beside them those that don't. */
  readonly index: number
  /** Of a call. */
  end: Event<C> | undefined
  previous: Event<C> | undefined
  next: Event<C> | undefined
}

/** The events of a history in their order, from which operations are taken out, and put back in the opposite order. */
export class EventList<C> {
  readonly #head: Event<C>
  #returns = 0

  constructor(operations: readonly Operation<C>[]) {
    const events = eventsOf(operations)
    const head = { kind: 'return', index: -1, end: undefined, previous: undefined, next: undefined } as const
    // Nobody sees the head: it is no event of any operation.
    this.#head = { ...head, operation: undefined as never }
    let last = this.#head
    for (const event of events) {
      last.next = event
      event.previous = last
      last = event
      if (event.kind === 'return') this.#returns++
    }
  }

  get first(): Event<C> | undefined {
    return this.#head.next
  }

  /** How many of the operations in it have returned. */
  get returns(): number {
    return this.#returns
  }

  takeOut(call: Event<C>): void {
    unlink(call)
    if (call.end === undefined) return
    unlink(call.end)
    this.#returns--
  }

  putBack(call: Event<C>): void {
    if (call.end !== undefined) {
      link(call.end)
      this.#returns++
    }
    link(call)
  }
}

function eventsOf<C>(operations: readonly Operation<C>[]): Event<C>[] {
  const counts = { returning: 0, pending: 0 }
  const byCall = operations.toSorted((one, other) => compare(one.calledAt, other.calledAt))
  const events = byCall.flatMap((operation): Event<C>[] => {
    const isReturning = operation.returnedAt !== undefined
    const index = isReturning ? counts.returning++ : counts.pending++
    const call: Event<C> = { kind: 'call', operation, index, end: undefined, previous: undefined, next: undefined }
    if (!isReturning) return [call]
    call.end = { ...call, kind: 'return' }
    return [call, call.end]
  })
  // What is called at the very time at which another returns may have been before it.
  return events.toSorted((one, other) => compare(timeOf(one), timeOf(other)) || rankOf(one) - rankOf(other))
}

function rankOf<C>({ kind }: Event<C>): number {
  return kind === 'call' ? 0 : 1
}

function timeOf<C>({ kind, operation }: Event<C>): bigint {
  return kind === 'call' ? operation.calledAt : (operation.returnedAt ?? operation.calledAt)
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : Number(one > other)
}

function unlink<C>({ previous, next }: Event<C>): void {
  if (previous !== undefined) previous.next = next
  if (next !== undefined) next.previous = previous
}

function link<C>(event: Event<C>): void {
  if (event.previous !== undefined) event.previous.next = event
  if (event.next !== undefined) event.next.previous = event
}
