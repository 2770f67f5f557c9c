import {
  Exposed,
  isArray,
  isFunction,
  isNumber,
  isText,
  Shared,
  type Held,
  type Holder,
  holdersOf,
  type State,
  type Stateful,
  stateOf,
} from '../extension.ts'
import { type AmountOf, callBack, newValue, patched, sumOf } from './containers/updates.ts'
import { assertNumbers, entriesIn } from './containers/values.ts'
import { Watchable } from './containers/changes.ts'
import { everything, type InTurn, KeyLocks, type Keys } from './locks/key-locks.ts'
import { Comparison, isSame } from './containers/equality.ts'
import { type ListChange, ListItems } from './containers/list-items.ts'
import { type CompareFunction, maxSortedAtOnce, sorted, sortedByText, sortedInSteps } from './containers/sorting.ts'
import { joined } from './containers/texts.ts'

/**
 * An array that processes share; Python's `SyncManager.list`. Items cross by copy, but for shared objects, proxies and
 * functions, which stay live.
 *
 * Each call is atomic. While an item is computed (`compute`) it is held: calls that write it, or move items, wait until
 * that is over, in the order of their arrival; so do all writes while the whole list is computed or sorted. Adding at the
 * end moves nothing. Reads never wait. A caller that gives up while it waits has changed nothing.
 */
@Shared({ module: 'referent', typeid: 'SharedList', iterator: 'values' })
export class SharedList<T> extends Watchable<ListChange<T>> implements Held, Stateful {
  readonly #items = new ListItems<T>(this.changes)
  readonly #held = new KeyLocks<number | typeof end>('SharedList')

  /** @throws TypeError for what is no array */
  constructor(items: readonly T[] = []) {
    super()
    isArray('the argument of a SharedList', items)
    this.#items.push(items)
  }

  [holdersOf](): Iterable<Holder> {
    return this.#held.holders()
  }

  [stateOf](): State {
    return { length: this.length }
  }

  @Exposed
  get length(): number {
    return this.#items.all.length
  }

  /** The item at this place, from the end for a negative one; `undefined` where there is none. */
  @Exposed
  at(index: number): T | undefined {
    isNumber('at: index', index)
    return this.#items.all.at(index)
  }

  /** The items at these places, each like `at`. */
  @Exposed
  getMany(indices: readonly number[]): (T | undefined)[] {
    isArray('getMany: indices', indices)
    return indices.map((index) => this.at(index))
  }

  /** @throws RangeError where there is no item; so do all others that take the index of one */
  @Exposed
  set(index: number, value: T): InTurn<void> {
    return this.#held.write(keysAt(index), () => void this.#items.set(this.#items.placeOf(index), value))
  }

  /** Sets all of them at once, or none. */
  @Exposed
  setMany(entries: readonly (readonly [index: number, value: T])[]): InTurn<void> {
    const indices = entriesIn('setMany: entries', entries).map(([index]) => index)
    return this.#held.write(keysAt(...indices), () => {
      const places = indices.map((index) => this.#items.placeOf(index))
      entries.forEach(([, value], entry) => this.#items.set(places[entry] as number, value))
    })
  }

  /** Returns the new length. Python's `append` and `extend`. */
  @Exposed
  push(...items: T[]): InTurn<number> {
    return this.#held.write([end], () => this.#items.push(items))
  }

  @Exposed
  pop(): InTurn<T | undefined> {
    return this.#held.write(everything, () => this.#items.pop())
  }

  @Exposed
  shift(): InTurn<T | undefined> {
    return this.#held.write(everything, () => this.#items.shift())
  }

  /** Returns the new length. */
  @Exposed
  unshift(...items: T[]): InTurn<number> {
    return this.#held.write(everything, () => {
      this.#items.splice(0, 0, items)
      return this.length
    })
  }

  /** Like `Array.prototype.splice`: returns the items that it removes, all from `start` on where nothing else is given. */
  @Exposed
  splice(...args: [start?: number, deleteCount?: number, ...items: T[]]): InTurn<T[]> {
    const [start = 0, deleteCount = args.length === 1 ? Number.POSITIVE_INFINITY : 0, ...items] = args
    assertNumbers('splice', { start, deleteCount })
    return this.#held.write(everything, () => this.#items.splice(start, deleteCount, items))
  }

  /** Removes the first item that is the same as `value`, compared as by `compareAndSet`. Returns whether there was one. */
  @Exposed
  remove(value: T): InTurn<boolean> {
    return this.#held.write(everything, () => {
      const index = this.indexOf(value)
      if (index !== -1) this.#items.splice(index, 1, [])
      return index !== -1
    })
  }

  @Exposed
  clear(): InTurn<void> {
    return this.#held.write(everything, () => this.#items.replace([]))
  }

  /** Like `Array.prototype.fill`, but returns nothing: the list itself would cross with every call. */
  @Exposed
  fill(value: T, start?: number, stop?: number): InTurn<void> {
    assertNumbers('fill', { start, stop })
    return this.#held.write(everything, () => this.#items.replace([...this.#items.all].fill(value, start, stop)))
  }

  @Exposed
  reverse(): InTurn<void> {
    return this.#held.write(everything, () => this.#items.replace(this.#items.all.toReversed()))
  }

  /**
   * Like `Array.prototype.sort`: by their texts, or by `compare`. That is called for one pair after the other, by a round
   * trip each, while nobody else writes the list, as nobody does while a long one is sorted; to sort many,
   * `computeAll((items) => items.sort(compare))` takes a single one. Where `compare` throws, or its caller gives up or dies,
   * the list stays as it was.
   */
  @Exposed
  sort(compare?: CompareFunction<T>): InTurn<void> {
    if (compare !== undefined) isFunction('sort: compare', compare)
    const { all } = this.#items
    if (compare === undefined && all.length <= maxSortedAtOnce && this.#held.isFree(everything))
      return this.#items.replace(sortedByText(all))
    const sort = (): Promise<T[]> => (compare === undefined ? sortedInSteps(all) : sorted(all, compare))
    return this.#held.hold(everything, async () => this.#items.replace(await sort()))
  }

  /** Like `Array.prototype.slice`: a copy. */
  @Exposed
  slice(start?: number, stop?: number): T[] {
    assertNumbers('slice', { start, stop })
    return this.#items.all.slice(start, stop)
  }

  /**
   * Like `Array.prototype.concat`: a copy with these at its end, those in arrays one by one.
   * @throws RangeError for more than a million of them
   */
  @Exposed
  concat(...values: (T | readonly T[])[]): T[] {
    // The same array may be among them many times.
    const added = values.reduce<number>((sum, each) => sum + (Array.isArray(each) ? each.length : 1), 0)
    if (added > maxConcatenated) throw new RangeError(`concat takes ${maxConcatenated} items at most, not ${added}`)
    return this.#items.all.concat(...values)
  }

  /**
   * Like `Array.prototype.join`.
   * @throws RangeError where the text would take long to make: 16 million characters, a million items
   */
  @Exposed
  join(separator?: string): string {
    if (separator !== undefined) isText('join: separator', separator)
    return joined(this.#items.all, separator)
  }

  /** The place of the first item that is the same as `value`, compared as by `compareAndSet`; -1 where there is none. */
  @Exposed
  indexOf(value: T, start = 0): number {
    isNumber('indexOf: start', start)
    const place = Math.trunc(start) || 0
    const from = Math.max(place < 0 ? this.length + place : place, 0)
    const [{ all }, comparison] = [this.#items, new Comparison()]
    for (let index = from; index < all.length; index++) if (comparison.isSame(all[index], value)) return index
    return -1
  }

  @Exposed
  includes(value: T, start = 0): boolean {
    return this.indexOf(value, start) !== -1
  }

  /**
   * Adds to a number, or to a bigint; returns the sum.
   * @param by 1 without it, or 1n
   * @throws TypeError for what is no number, or of the other kind; RangeError where there is no item, or the sum is more
   *   than a number counts exactly
   */
  @Exposed
  increment(index: number, by?: AmountOf<T>): InTurn<AmountOf<T>> {
    return this.#held.write(keysAt(index), () => {
      const place = this.#items.placeOf(index)
      const sum = sumOf(this.#items.all[place], by, `item ${index}`)
      // A sum is of the kind of what was there.
      this.#items.set(place, sum as T)
      return sum as AmountOf<T>
    })
  }

  /**
   * Sets `value` where `expected` is there. Returns whether it did. Primitives are compared as keys of a `Map` are, shared
   * objects and functions by identity, and what crosses by copy by what it holds.
   */
  @Exposed
  compareAndSet(index: number, expected: T, value: T): InTurn<boolean> {
    return this.#held.write(keysAt(index), () => {
      const place = this.#items.placeOf(index)
      const isExpected = isSame(this.#items.all[place], expected)
      if (isExpected) this.#items.set(place, value)
      return isExpected
    })
  }

  /**
   * Sets some properties of the plain object that is there, and leaves the others.
   * @throws TypeError where there is no plain object
   */
  @Exposed
  update(index: number, patch: Partial<T>): InTurn<void> {
    return this.#held.write(keysAt(index), () => {
      const place = this.#items.placeOf(index)
      this.#items.set(place, patched(this.#items.all[place], patch, `item ${index}`) as T)
    })
  }

  /**
   * Sets the result of `fn` for the item that is there, and resolves with it. The item is held meanwhile: nobody else writes
   * it or moves it. Where `fn` throws, and where its caller gives up, is killed or lost, the item stays as it was and is
   * free again.
   * @throws (as a rejection) TypeError where `fn` returns undefined; what it throws; RangeError where there is no item when
   *   its turn comes; ManagerError `DEADLOCK` for a write within `fn` that would wait for it
   */
  @Exposed
  compute(index: number, fn: (item: T, index: number) => T | Promise<T>): Promise<T> {
    isFunction('compute: fn', fn)
    return this.#held.hold(keysAt(index), async () => {
      const place = this.#items.placeOf(index)
      return this.#items.set(place, await newValue(() => fn(this.#items.all[place] as T, place), 'compute'))
    })
  }

  /**
   * Puts the items that `fn` makes of a copy of all in their place. The whole list is held meanwhile, as by `compute`.
   * @throws (as a rejection) TypeError for what is no array; what `fn` throws; ManagerError `DEADLOCK` as `compute`
   */
  @Exposed
  computeAll(fn: (items: T[]) => readonly T[] | Promise<readonly T[]>): Promise<void> {
    isFunction('computeAll: fn', fn)
    return this.#held.hold(everything, async () => {
      const items = await callBack(() => fn(this.toArray()))
      if (!Array.isArray(items)) throw new TypeError('the function of computeAll must give an array')
      this.#items.replace(items)
    })
  }

  /** Like `Array.prototype.keys`: live, so that it sees what is written meanwhile. */
  @Exposed({ stepwise: true })
  *keys(): Generator<number, void, undefined> {
    yield* this.#items.all.keys()
  }

  /** Like `keys`; also `for await (const item of list)`. */
  @Exposed({ stepwise: true })
  *values(): Generator<T, void, undefined> {
    yield* this.#items.all.values()
  }

  /** Like `keys`. */
  @Exposed({ stepwise: true })
  *entries(): Generator<[index: number, item: T], void, undefined> {
    yield* this.#items.all.entries()
  }

  /** Calls `fn` for each item, one after the other; what it throws ends it. Each is a call: `toArray` is one for all. */
  @Exposed
  async forEach(fn: (item: T, index: number) => unknown): Promise<void> {
    isFunction('forEach: fn', fn)
    for (const [index, item] of this.entries()) await callBack(() => fn(item, index))
  }

  /** A copy of all items. */
  @Exposed
  toArray(): T[] {
    return [...this.#items.all]
  }

  [Symbol.iterator](): Generator<T, void, undefined> {
    return this.values()
  }
}

const maxConcatenated = 1_000_000

/** The key of whatever adds items at the end. */
const end: unique symbol = Symbol('end')

/** What is counted from the end may be any of them by the time its turn comes. */
function keysAt(...indices: readonly number[]): Keys<number> {
  return indices.some((index) => index < 0) ? everything : indices
}
