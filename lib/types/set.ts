import {
  Exposed,
  isArray,
  isFunction,
  isProxy,
  mustBe,
  setOf,
  Shared,
  type State,
  type Stateful,
  stateOf,
} from '../extension.ts'
import { callBack } from './containers/updates.ts'
import { Watchable } from './containers/changes.ts'
import { Collection } from './containers/collection.ts'
import { assertKey, valuesIn } from './containers/values.ts'

/** What the methods of a set take as another one: an array, a `Set`, or a shared set of the same server. */
export type SetSource<T> = ReadonlySet<T> | readonly T[] | SharedSet<T>

/** A change of a `SharedSet`. */
export type SetChange<T> =
  | { readonly type: 'add'; readonly value: T }
  | { readonly type: 'delete'; readonly value: T }
  | { readonly type: 'clear' }

/**
 * A `Set` that processes share. Values stay in the order in which they came: primitives, shared objects and functions.
 * What crosses by copy is refused with a TypeError, as each copy would be another value. Each call is atomic.
 */
@Shared({ module: 'referent', typeid: 'SharedSet', iterator: 'values' })
export class SharedSet<T> extends Watchable<SetChange<T>> implements Stateful {
  readonly #values = new Set<T>()
  readonly #collection = new Collection<T, T>(this.#values, 'set')

  /** @throws TypeError for what is neither an array nor a set, and for values that cross by copy */
  constructor(values: SetSource<T> = []) {
    super()
    for (const value of keysIn('the argument of a SharedSet', values)) this.add(value)
  }

  [stateOf](): State {
    return { size: this.size }
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
    isArray('hasMany: values', values)
    return values.map((value) => this.has(value))
  }

  /** Returns whether it is new: of all calls that add it at once, one gets `true`. */
  @Exposed
  add(value: T): boolean {
    assertKey(value)
    if (this.#values.has(value)) return false
    this.#collection.admit(value)
    this.#values.add(value)
    this.changes.tell({ type: 'add', value })
    return true
  }

  /** Adds all of them at once, or none; returns how many are new. */
  @Exposed
  addMany(values: SetSource<T>): number {
    return [...keysIn('addMany: values', values)].filter((value) => this.add(value)).length
  }

  /** Returns whether it was there: of all calls that delete it at once, one gets `true`. */
  @Exposed
  delete(value: T): boolean {
    assertKey(value)
    if (!this.#collection.delete(value)) return false
    this.changes.tell({ type: 'delete', value })
    return true
  }

  /** Deletes all of them at once; returns how many there were. */
  @Exposed
  deleteMany(values: SetSource<T>): number {
    return [...keysIn('deleteMany: values', values)].filter((value) => this.delete(value)).length
  }

  /** Removes the oldest value, and returns it: to one caller only. `undefined` where there is none. */
  @Exposed
  pop(): T | undefined {
    const first = this.#collection.takeFirst()
    if (first !== undefined) this.delete(first.item)
    return first?.item
  }

  /**
   * Like `Set.prototype.union`: a copy with the values of both. The other may also be an array, or a shared set of the same
   * server.
   */
  @Exposed
  union(other: SetSource<T>): Set<T> {
    return new Set([...this.#values, ...keysIn('union: other', other)])
  }

  /** Like `union`: those that both have. */
  @Exposed
  intersection(other: SetSource<T>): Set<T> {
    const others = keysIn('intersection: other', other)
    return this.#only((value) => others.has(value))
  }

  /** Like `union`: those that the other hasn't. */
  @Exposed
  difference(other: SetSource<T>): Set<T> {
    const others = keysIn('difference: other', other)
    return this.#only((value) => !others.has(value))
  }

  /** Like `union`: those that only one of them has. */
  @Exposed
  symmetricDifference(other: SetSource<T>): Set<T> {
    const others = keysIn('symmetricDifference: other', other)
    return new Set([
      ...this.#only((value) => !others.has(value)),
      ...[...others].filter((value) => !this.#values.has(value)),
    ])
  }

  /** Whether the other has all of its values. */
  @Exposed
  isSubsetOf(other: SetSource<T>): boolean {
    return this.difference(other).size === 0
  }

  /** Whether it has all values of the other. */
  @Exposed
  isSupersetOf(other: SetSource<T>): boolean {
    return [...keysIn('isSupersetOf: other', other)].every((value) => this.#values.has(value))
  }

  /** Whether they have no value in common. */
  @Exposed
  isDisjointFrom(other: SetSource<T>): boolean {
    return this.intersection(other).size === 0
  }

  /** Adds the values of the other, all at once; so do the others whose names end in `Update`. Python's `update`. */
  @Exposed
  unionUpdate(other: SetSource<T>): void {
    this.addMany(other)
  }

  /** Deletes all values that the other hasn't. */
  @Exposed
  intersectionUpdate(other: SetSource<T>): void {
    for (const value of this.difference(other)) this.delete(value)
  }

  /** Deletes all values that the other has. */
  @Exposed
  differenceUpdate(other: SetSource<T>): void {
    this.deleteMany(other)
  }

  /** Deletes the values that the other has too, and adds those that only it has. */
  @Exposed
  symmetricDifferenceUpdate(other: SetSource<T>): void {
    const changed = [...keysIn('symmetricDifferenceUpdate: other', other)]
    for (const value of changed) if (!this.delete(value)) this.add(value)
  }

  /** An iteration over the set at that time throws an Error. */
  @Exposed
  clear(): void {
    if (this.#collection.clear()) this.changes.tell({ type: 'clear' })
  }

  /** Like `values`. */
  @Exposed({ stepwise: true })
  *keys(): Generator<T, void, undefined> {
    yield* this.values()
  }

  /** Like `Set.prototype.values`: live, in the order of insertion. Throws an Error where the set is cleared meanwhile. */
  @Exposed({ stepwise: true })
  *values(): Generator<T, void, undefined> {
    yield* this.#collection.over(this.#values)
  }

  /** Like `values`, each twice. */
  @Exposed({ stepwise: true })
  *entries(): Generator<[T, T], void, undefined> {
    for (const value of this.values()) yield [value, value]
  }

  /** Calls `fn` for each value, one after the other; what it throws ends it. Each is a call: `toSet` is one for all. */
  @Exposed
  async forEach(fn: (value: T) => unknown): Promise<void> {
    isFunction('forEach: fn', fn)
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

  [Symbol.iterator](): Generator<T, void, undefined> {
    return this.values()
  }

  #only(isMeant: (value: T) => boolean): Set<T> {
    return new Set([...this.#values].filter(isMeant))
  }
}

/** @throws TypeError for what holds no values, or is in another server; for values that cross by copy */
function keysIn<T>(name: string, source: SetSource<T>): ReadonlySet<T> {
  if (source instanceof SharedSet && !isProxy(source)) return source.toSet()
  if (isProxy(source)) throw mustBe(name, source, 'a set of the same server: give a copy, await other.toSet()')
  const values = setOf(valuesIn(name, source))
  for (const value of values) assertKey(value)
  return values
}
