import { type Event, EventList } from './event-list.ts'
import type { Model, Operation } from './history.ts'
import { TakenSet } from './taken-set.ts'

export type Verdict<C> =
  | { readonly isLinearizable: true }
  /** `stuck` returned before it could have taken place, after the most operations that go in any order. */
  | { readonly isLinearizable: false; readonly stuck: Operation<C>; readonly before: readonly Operation<C>[] }

/**
 * Whether there is an order of the operations in which each takes place between its call and its return, and has the
 * result that the model gives. By Wing and Gong, with the memory of Lowe: what came to the same state by the same
 * operations in another order isn't gone into again (http://www.cs.ox.ac.uk/people/gavin.lowe/LinearizabiltyTesting/).
 */
export function check<S, C>(model: Model<S, C>, operations: readonly Operation<C>[]): Verdict<C> {
  return new Search(model, operations).run()
}

interface Taken<S, C> {
  readonly event: Event<C>
  /** The state before it. */
  readonly state: S
}

class Search<S, C> {
  readonly #model: Model<S, C>
  readonly #events: EventList<C>
  readonly #returning: TakenSet
  readonly #pending: TakenSet
  readonly #seen = new Set<string>()
  readonly #taken: Taken<S, C>[] = []
  #state: S
  #furthest: { readonly stuck: Operation<C>; readonly before: readonly Operation<C>[] } | undefined

  constructor(model: Model<S, C>, operations: readonly Operation<C>[]) {
    this.#model = model
    this.#events = new EventList(operations)
    this.#returning = new TakenSet(operations.length)
    this.#pending = new TakenSet(operations.length)
    this.#state = model.initial
  }

  run(): Verdict<C> {
    let event = this.#events.first
    while (event !== undefined && this.#events.returns > 0) {
      if (event.kind === 'call') event = this.#take(event) ? this.#events.first : event.next
      else event = this.#goBack(event)
    }
    if (this.#events.returns === 0 || this.#furthest === undefined) return { isLinearizable: true }
    return { isLinearizable: false, ...this.#furthest }
  }

  /** Lets the operation take place now, if it can, and that is new. */
  #take(event: Event<C>): boolean {
    const next = this.#model.step(this.#state, event.operation.call)
    if (next === undefined) return false
    this.#setOf(event).add(event.index)
    const key = `${this.#returning.key}/${this.#pending.key}/${this.#model.keyOf(next)}`
    if (this.#seen.has(key)) {
      this.#setOf(event).delete(event.index)
      return false
    }
    this.#seen.add(key)
    this.#taken.push({ event, state: this.#state })
    this.#events.takeOut(event)
    this.#state = next
    return true
  }

  /** An operation has returned that hasn't taken place: one before it was wrong. What to try instead of the last one. */
  #goBack({ operation }: Event<C>): Event<C> | undefined {
    if (this.#furthest === undefined || this.#taken.length > this.#furthest.before.length)
      this.#furthest = { stuck: operation, before: this.#taken.map(({ event }) => event.operation) }
    const last = this.#taken.pop()
    if (last === undefined) return undefined
    this.#state = last.state
    this.#setOf(last.event).delete(last.event.index)
    this.#events.putBack(last.event)
    return last.event.next
  }

  #setOf({ end }: Event<C>): TakenSet {
    return end === undefined ? this.#pending : this.#returning
  }
}
