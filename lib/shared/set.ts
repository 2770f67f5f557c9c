import { Exposed } from '../decorators/exposed.ts'
import { Shipped } from '../decorators/shared.ts'
import { assertFunction, callBack } from './containers/callback.ts'
import { Changes, type WatchOptions } from './containers/changes.ts'
import { Clearings } from './containers/clearings.ts'
import { assertKey } from './containers/key.ts'

/** A change of a `SharedSet`. */
export type SetChange<T> =
  | { readonly type: 'add'; readonly value: T }
  | { readonly type: 'delete'; readonly value: T }
  | { readonly type: 'clear' }

/**
 * A `Set` that processes share. Values stay in the order in which they came: primitives, shared objects and functions.
 * What crosses by copy is refused with a TypeError, as each copy would be another value. Each call is atomic.
 */
@Shipped({ typeid: 'SharedSet', iterator: 'values' })
export class SharedSet<T> implements Disposable {
  readonly #values = new Set<T>()
  readonly #clearings = new Clearings()
  readonly #changes = new Changes<SetChange<T>>()

  constructor(values: ReadonlySet<T> | readonly T[] = []) {
    this.addMany(values)
  }

  @Exposed
  get size(): number {
    return this.#values.size
  }

  /** @throws TypeError for a value that crosses by copy; so do all others that take one */
  @Exposed
  has(value: T): boolean {
    assertKey(value)
    return this.#values.has(value)
  }

  @Exposed
  hasMany(values: readonly T[]): boolean[] {
    return values.map((value) => this.has(value))
  }

  /** Whether it is new: of all who add it at once, one gets `true`. */
  @Exposed
  add(value: T): boolean {
    assertKey(value)
    if (this.#values.has(value)) return false
    this.#values.add(value)
    this.#changes.tell({ type: 'add', value })
    return true
  }

  /** Adds all of them at once, or none; gives how many are new. */
  @Exposed
  addMany(values: ReadonlySet<T> | readonly T[]): number {
    const all = [...values]
    for (const value of all) assertKey(value)
    return all.filter((value) => this.add(value)).length
  }

  /** Whether it was there: of all who delete it at once, one gets `true`. */
  @Exposed
  delete(value: T): boolean {
    assertKey(value)
    if (!this.#values.delete(value)) return false
    this.#changes.tell({ type: 'delete', value })
    return true
  }

  /** Deletes all of them at once; gives how many there were. */
  @Exposed
  deleteMany(values: readonly T[]): number {
    for (const value of values) assertKey(value)
    return values.filter((value) => this.delete(value)).length
  }

  /** Who iterates over the set at that time gets an Error. */
  @Exposed
  clear(): void {
    if (this.#values.size === 0) return
    this.#values.clear()
    this.#clearings.note()
    this.#changes.tell({ type: 'clear' })
  }

  /** As `values`. */
  @Exposed({ stepwise: true })
  *keys(): Generator<T, void, undefined> {
    yield* this.values()
  }

  /** As of a `Set`: live, in the order in which they came. Throws an Error where the set is cleared meanwhile. */
  @Exposed({ stepwise: true })
  *values(): Generator<T, void, undefined> {
    yield* this.#clearings.over(this.#values, 'set')
  }

  /** As `values`, each twice. */
  @Exposed({ stepwise: true })
  *entries(): Generator<[T, T], void, undefined> {
    for (const value of this.values()) yield [value, value]
  }

  /** Calls `fn` for each value, one after the other; what it throws ends it. Each is a call: `toSet` is one for all. */
  @Exposed
  async forEach(fn: (value: T) => unknown): Promise<void> {
    assertFunction(fn, 'forEach')
    for (const value of this.values()) await callBack(() => fn(value))
  }

  /** A copy of it. */
  @Exposed
  toSet(): Set<T> {
    return new Set(this.#values)
  }

  /** Its values, in the order in which they came. */
  @Exposed
  toArray(): T[] {
    return [...this.#values]
  }

  /** All changes from now on, as `SharedMap.watch`. */
  @Exposed
  async watch(options?: WatchOptions): Promise<AsyncGenerator<SetChange<T>, void, undefined>> {
    return this.#changes.watch(options)
  }

  [Symbol.iterator](): Generator<T, void, undefined> {
    return this.values()
  }

  /** Ends what watches it. Whoever made it in this process need not call it. */
  [Symbol.dispose](): void {
    this.#changes[Symbol.dispose]()
  }
}
