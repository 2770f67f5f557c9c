import {
  Exposed,
  isArray,
  isFunction,
  type Removal,
  remove,
  Shared,
  type Held,
  type Holder,
  holdersOf,
  type State,
  type Stateful,
  stateOf,
} from '../extension.ts'
import { type AmountOf, callBack, newValue, patched, startFor, sumOf, valueOrRemoval } from './containers/updates.ts'
import { Watchable } from './containers/changes.ts'
import { Collection } from './containers/collection.ts'
import { everything, type InTurn, KeyLocks } from './locks/key-locks.ts'
import { isSame } from './containers/equality.ts'
import { assertKey, entriesIn, shown } from './containers/values.ts'

/** A change of a `SharedMap`. */
export type MapChange<K, V> =
  | { readonly type: 'set'; readonly key: K; readonly value: V; readonly previous?: V }
  | { readonly type: 'delete'; readonly key: K; readonly previous: V }
  | { readonly type: 'clear' }

/**
 * A `Map` that processes share; Python's `SyncManager.dict`. Entries stay in the order in which they came. Values cross
 * by copy, but for shared objects, proxies and functions, which stay live. A key is a primitive, a shared object or a
 * function: what crosses by copy is refused with a TypeError, as Python refuses what it can't hash.
 *
 * Each call is atomic. One that writes a key whose value is being computed (`compute`, `getOrCompute`) waits until that
 * is over, in the order of arrival; reads never wait. A caller that gives up while it waits has changed nothing.
 */
@Shared({ module: 'referent', typeid: 'SharedMap', iterator: 'entries' })
export class SharedMap<K, V> extends Watchable<MapChange<K, V>> implements Held, Stateful {
  readonly #entries = new Map<K, V>()
  readonly #collection = new Collection<K, [key: K, value: V]>(this.#entries, 'map')
  readonly #held = new KeyLocks<K>('SharedMap')

  constructor(entries: ReadonlyMap<K, V> | readonly (readonly [key: K, value: V])[] = []) {
    super()
    this.#setAll(entriesIn('the argument of a SharedMap', entries))
  }

  [holdersOf](): Iterable<Holder> {
    return this.#held.holders()
  }

  [stateOf](): State {
    return { size: this.size }
  }

  @Exposed
  get size(): number {
    return this.#entries.size
  }

  /** @throws TypeError for a key that crosses by copy; so do all others that take a key */
  @Exposed
  get(key: K): V | undefined {
    assertKey(key)
    return this.#entries.get(key)
  }

  /** The values of these keys in their order, `undefined` for each that isn't there. */
  @Exposed
  getMany(keys: readonly K[]): (V | undefined)[] {
    isArray('getMany: keys', keys)
    return keys.map((key) => this.get(key))
  }

  @Exposed
  has(key: K): boolean {
    assertKey(key)
    return this.#entries.has(key)
  }

  /** Returns nothing: the map itself would cross with every call. */
  @Exposed
  set(key: K, value: V): InTurn<void> {
    assertKey(key)
    return this.#held.write([key], () => this.#set(key, value))
  }

  /** Sets all of them at once, or none. */
  @Exposed
  setMany(entries: ReadonlyMap<K, V> | readonly (readonly [key: K, value: V])[]): InTurn<void> {
    const all = entriesIn('setMany: entries', entries)
    return this.#held.write(
      all.map(([key]) => key),
      () => this.#setAll(all),
    )
  }

  /** Whether there was something to delete. */
  @Exposed
  delete(key: K): InTurn<boolean> {
    assertKey(key)
    return this.#held.write([key], () => this.#delete(key))
  }

  /** Deletes all of them at once; returns how many there were. */
  @Exposed
  deleteMany(keys: readonly K[]): InTurn<number> {
    isArray('deleteMany: keys', keys)
    for (const key of keys) assertKey(key)
    return this.#held.write(keys, () => keys.filter((key) => this.#delete(key)).length)
  }

  /** Deletes an entry and returns its value: to one caller only. Python's `dict.pop`. */
  @Exposed
  take(key: K): InTurn<V | undefined> {
    assertKey(key)
    return this.#held.write([key], () => {
      const value = this.#entries.get(key)
      this.#delete(key)
      return value
    })
  }

  /**
   * Deletes the oldest entry and returns it: to one caller only; undefined where there is none. Waits until no value
   * is being computed.
   */
  @Exposed
  takeFirst(): InTurn<[key: K, value: V] | undefined> {
    return this.#held.write(everything, () => {
      const first = this.#collection.takeFirst()?.item
      if (first !== undefined) this.#delete(first[0])
      return first
    })
  }

  /** Waits until no value is being computed. An iteration over the map at that time throws an Error. */
  @Exposed
  clear(): InTurn<void> {
    return this.#held.write(everything, () => {
      if (this.#collection.clear()) this.changes.tell({ type: 'clear' })
    })
  }

  /**
   * Adds to a number, or to a bigint; returns the sum.
   * @param by 1 without it, or 1n
   * @param from what to start from where there is nothing yet: 0, or 0n
   * @throws TypeError for what is no number, or of the other kind; RangeError where the sum is more than a number counts
   *   exactly
   */
  @Exposed
  increment(key: K, by?: AmountOf<V>, from?: AmountOf<V>): InTurn<AmountOf<V>> {
    assertKey(key)
    return this.#held.write([key], () => {
      const current = this.#entries.has(key) ? this.#entries.get(key) : startFor(by, from)
      const sum = sumOf(current, by, `the value of ${shown(key)}`)
      // A sum is of the kind of what was there.
      this.#set(key, sum as V)
      return sum as AmountOf<V>
    })
  }

  /** The value that is there, or `value`, which is set where there is none. Python's `dict.setdefault`. */
  @Exposed
  getOrSet(key: K, value: V): InTurn<V> {
    assertKey(key)
    if (this.#entries.has(key)) return this.#entries.get(key) as V
    return this.#held.write([key], () => {
      if (!this.#entries.has(key)) this.#set(key, value)
      return this.#entries.get(key) as V
    })
  }

  /**
   * The value that is there, or the result of `fn`, which is set where there is none. Other calls for it meanwhile get the
   * same value: it is computed once. Where `fn` throws, its caller gets the error, and the next one computes.
   * @throws (as a rejection) TypeError where it returns undefined
   */
  @Exposed
  async getOrCompute(key: K, fn: (key: K) => V | Promise<V>): Promise<V> {
    assertKey(key)
    isFunction('getOrCompute: fn', fn)
    if (this.#entries.has(key)) return this.#entries.get(key) as V
    return this.#held.hold([key], async () => {
      if (!this.#entries.has(key)) this.#set(key, await newValue(() => fn(key), 'getOrCompute'))
      return this.#entries.get(key) as V
    })
  }

  /**
   * Sets `value` where `expected` is there; `undefined` stands for no entry, in both. Returns whether it did. Primitives
   * are compared as keys are, shared objects and functions by identity, and what crosses by copy by what it holds.
   */
  @Exposed
  compareAndSet(key: K, expected: V | undefined, value: V | undefined): InTurn<boolean> {
    assertKey(key)
    return this.#held.write([key], () => {
      const isExpected = isSame(this.#entries.get(key), expected)
      if (isExpected) this.#put(key, value)
      return isExpected
    })
  }

  /**
   * Sets some properties of the plain object that is there, and leaves the others.
   * @throws TypeError where there is no plain object
   */
  @Exposed
  update(key: K, patch: Partial<V>): InTurn<void> {
    assertKey(key)
    return this.#held.write([key], () => {
      const value = patched(this.#entries.get(key), patch, `the value of ${shown(key)}`)
      this.#set(key, value as V)
    })
  }

  /**
   * Sets the result of `fn` for the value that is there (`undefined` for none), and resolves with it; or deletes the entry,
   * where `fn` returns `remove`. The key is held meanwhile: nobody else writes it. Where `fn` throws, and where its caller
   * gives up, is killed or lost, the value stays as it was and the key is free again.
   *
   * `fn` may read the map and write other keys of it.
   * @throws (as a rejection) TypeError where `fn` returns undefined; what it throws; ManagerError `DEADLOCK` for a write
   *   within `fn` of the very key, or of another that is held by a call that waits for this one
   */
  @Exposed
  compute(key: K, fn: (value: V | undefined, key: K) => V | Removal | Promise<V | Removal>): Promise<V | undefined> {
    assertKey(key)
    isFunction('compute: fn', fn)
    return this.#held.hold([key], async () => {
      const result = await valueOrRemoval(() => fn(this.#entries.get(key), key), 'compute of a map')
      const value = result === remove ? undefined : (result as V)
      this.#put(key, value)
      return value
    })
  }

  /** Like `Map.prototype.keys`: live, in the order of insertion. Throws an Error where the map is cleared meanwhile. */
  @Exposed({ stepwise: true })
  *keys(): Generator<K, void, undefined> {
    yield* this.#collection.over(this.#entries.keys())
  }

  /** Like `keys`. */
  @Exposed({ stepwise: true })
  *values(): Generator<V, void, undefined> {
    yield* this.#collection.over(this.#entries.values())
  }

  /** Like `keys`; also `for await (const [key, value] of map)`. */
  @Exposed({ stepwise: true })
  *entries(): Generator<[key: K, value: V], void, undefined> {
    yield* this.#collection.over(this.#entries)
  }

  /** Calls `fn` for each entry, one after the other; what it throws ends it. Each is a call: `toMap` is one for all. */
  @Exposed
  async forEach(fn: (value: V, key: K) => unknown): Promise<void> {
    isFunction('forEach: fn', fn)
    for (const [key, value] of this.entries()) await callBack(() => fn(value, key))
  }

  /** A copy of all entries. */
  @Exposed
  toMap(): Map<K, V> {
    return new Map(this.#entries)
  }

  /** A copy of all entries, whose keys must be strings. @throws TypeError for another key */
  @Exposed
  toObject(): Record<string, V> {
    const entries = [...this.#entries].map(([key, value]): [string, V] => [textOf(key), value])
    return Object.fromEntries(entries)
  }

  [Symbol.iterator](): Generator<[key: K, value: V], void, undefined> {
    return this.entries()
  }

  /** @throws RangeError for one of too many keys that have one hash */
  #set(key: K, value: V): void {
    this.#collection.admit(key)
    if (this.changes.areWatched) this.changes.tell({ type: 'set', key, value, ...this.#previous(key) })
    this.#entries.set(key, value)
  }

  #previous(key: K): { previous?: V } {
    return this.#entries.has(key) ? { previous: this.#entries.get(key) as V } : {}
  }

  #delete(key: K): boolean {
    if (!this.#entries.has(key)) return false
    if (this.changes.areWatched) this.changes.tell({ type: 'delete', key, previous: this.#entries.get(key) as V })
    return this.#collection.delete(key)
  }

  /** `undefined` stands for no entry. */
  #put(key: K, value: V | undefined): void {
    if (value === undefined) this.#delete(key)
    else this.#set(key, value)
  }

  #setAll(entries: readonly (readonly [key: K, value: V])[]): void {
    for (const [key] of entries) assertKey(key)
    for (const [key, value] of entries) this.#set(key, value)
  }
}

function textOf(key: unknown): string {
  if (typeof key === 'string') return key
  throw new TypeError(`${shown(key)} can't be the name of a property: use toMap()`)
}
