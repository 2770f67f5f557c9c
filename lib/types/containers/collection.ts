import { refuseCrowded, Spread } from '../../extension.ts'

/** A `Map` or `Set`. */
interface Items<K, I> extends Iterable<I> {
  readonly size: number
  has(key: K): boolean
  delete(key: K): boolean
  clear(): void
}

/**
 * What a container minds of its `Map` or `Set`, which other processes fill: that no keys crowd one hash, that what came first
 * is found at once, and that iterations notice when it is cleared.
 */
export class Collection<K, I> {
  readonly #items: Items<K, I>
  readonly #what: 'map' | 'set'
  readonly #spread = new Spread()
  #iterator: Iterator<I>
  #clearings = 0

  constructor(items: Items<K, I>, what: 'map' | 'set') {
    this.#items = items
    this.#what = what
    this.#iterator = items[Symbol.iterator]()
  }

  /** For a key that is about to be added. @throws RangeError for one of too many that have one hash */
  admit(key: K): void {
    if (!this.#spread.admits(key, this.#items)) refuseCrowded()
  }

  /** Returns whether it was there. */
  delete(key: K): boolean {
    const wasThere = this.#items.delete(key)
    if (wasThere) this.#spread.delete(key)
    return wasThere
  }

  /** Returns whether there was something. */
  clear(): boolean {
    if (this.#items.size === 0) return false
    this.#items.clear()
    this.#spread.clear()
    this.#clearings++
    return true
  }

  /**
   * The first one, which the caller deletes; undefined where there is none. To look from the beginning each time would take
   * ever longer, as that is where deleted ones leave gaps.
   */
  takeFirst(): { readonly item: I } | undefined {
    let step = this.#iterator.next()
    if (step.done === true) {
      this.#iterator = this.#items[Symbol.iterator]()
      step = this.#iterator.next()
    }
    return step.done === true ? undefined : { item: step.value }
  }

  /**
   * Iterates over `part` of it, its keys or so, what is added meanwhile included.
   * @throws Error where the collection is cleared meanwhile, as Python does: a part would pass for the whole
   */
  *over<T>(part: Iterable<T>): Generator<T, void, undefined> {
    const count = this.#clearings
    for (const item of part) {
      yield item
      if (this.#clearings !== count) throw new Error(`the ${this.#what} was cleared while it was iterated over`)
    }
  }
}
