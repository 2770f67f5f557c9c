import { Exposed, isFunction, isNumber, Shared, type State, type Stateful, stateOf } from '../extension.ts'
import { assertNumbers } from './containers/values.ts'
import { callBack } from './containers/updates.ts'
import { Watchable } from './containers/changes.ts'
import { isSame } from './containers/equality.ts'
import { NumberKind, type NumberOf, type Numbers, type NumbersOf, type NumberType } from './containers/numbers.ts'

/** What was written in a `SharedArray`, from `index` on. */
export interface ArrayChange<N extends NumberType = NumberType> {
  readonly type: 'set'
  readonly index: number
  readonly values: NumbersOf<N>
}

/**
 * A typed array that processes share; Python's `SyncManager.Array`. Its length is fixed. Each call is atomic.
 *
 * What is written must be held as it is: whole numbers refuse others, and those out of their bounds, with a RangeError.
 * Floats are rounded, and clamped bytes clamped, as by the typed array itself.
 */
@Shared({ module: 'referent', typeid: 'SharedArray', iterator: 'values' })
export class SharedArray<N extends NumberType = NumberType> extends Watchable<ArrayChange<N>> implements Stateful {
  readonly #kind: NumberKind<NumberOf<N>>
  readonly #numbers: Numbers<NumberOf<N>>

  /**
   * @param type the name of a typed array, `Int32Array` or so
   * @param source how many zeros, or the numbers
   * @throws TypeError for an unknown type, or numbers of another kind; RangeError for those that don't fit, for a length
   *   that can't be, and for more than 256 MiB
   */
  constructor(type: N, source: number | readonly NumberOf<N>[] | NumbersOf<N>) {
    super()
    this.#kind = new NumberKind(type)
    this.#numbers = this.#kind.make(source as number | ArrayLike<NumberOf<N>>)
  }

  [stateOf](): State {
    return { length: this.length }
  }

  @Exposed
  get length(): number {
    return this.#numbers.length
  }

  /** The name of the typed array. */
  @Exposed
  get type(): N {
    return this.#kind.type as N
  }

  /** @throws RangeError for what is no place in it; so do all others that take the index of one */
  @Exposed
  get(index: number): NumberOf<N> {
    return this.#numbers[this.#placeOf(index)] as NumberOf<N>
  }

  /** The number at this place, from the end for a negative one; `undefined` where there is none. */
  @Exposed
  at(index: number): NumberOf<N> | undefined {
    isNumber('at: index', index)
    return this.#numbers.at(index)
  }

  /**
   * Writes one number at an index, or several from an offset on, 0 without it: all of them, or none.
   * @throws TypeError for what is no number of its kind; RangeError for one that doesn't fit, and where there is no room
   */
  @Exposed
  set(
    ...[to, value]:
      | [index: number, value: NumberOf<N>]
      | [values: readonly NumberOf<N>[] | NumbersOf<N>, offset?: number]
  ): void {
    if (typeof to === 'number') return this.#write(this.#placeOf(to), [value as NumberOf<N>])
    this.#kind.assertNumbers('set: values', to)
    assertNumbers('set', { offset: value })
    this.#write(Math.trunc((value as number | undefined) ?? 0) || 0, to as ArrayLike<NumberOf<N>>)
  }

  @Exposed
  fill(value: NumberOf<N>, start?: number, stop?: number): void {
    this.#kind.assertHolds([value])
    assertNumbers('fill', { start, stop })
    this.#numbers.fill(value, start, stop)
    const part = this.#numbers.subarray(start, stop)
    this.#tell(part.byteOffset / part.BYTES_PER_ELEMENT, part.length)
  }

  /**
   * Adds to the number at this place; returns the sum. Where that has no room it wraps around as in a typed array: 255 and
   * 1 are 0 in a `Uint8Array`.
   * @param by 1 without it, or 1n
   * @throws TypeError for what is no number of its kind; RangeError for a fraction, where whole numbers are kept
   */
  @Exposed
  increment(index: number, by?: NumberOf<N>): NumberOf<N> {
    const place = this.#placeOf(index)
    const sum = this.#kind.sum(this.get(place), by)
    this.#numbers[place] = sum
    this.#tell(place, 1)
    return sum
  }

  /** Writes `value` where `expected` is; NaN is NaN, and 0 is -0. Returns whether it did. */
  @Exposed
  compareAndSet(index: number, expected: NumberOf<N>, value: NumberOf<N>): boolean {
    this.#kind.assertHolds([value])
    if (!isSame(this.get(index), expected)) return false
    this.#write(index, [value])
    return true
  }

  /** Like `TypedArray.prototype.slice`: a copy. */
  @Exposed
  slice(start?: number, stop?: number): NumbersOf<N> {
    assertNumbers('slice', { start, stop })
    return this.#numbers.slice(start, stop) as unknown as NumbersOf<N>
  }

  /** A copy: a typed array. */
  @Exposed
  toArray(): NumbersOf<N> {
    return this.slice()
  }

  /** Like `TypedArray.prototype.keys`: live, so that it sees what is written meanwhile. */
  @Exposed
  *keys(): Generator<number, void, undefined> {
    yield* this.#numbers.keys()
  }

  /** Like `keys`; also `for await (const number of array)`. */
  @Exposed({ stepwise: true })
  *values(): Generator<NumberOf<N>, void, undefined> {
    yield* this.#numbers
  }

  /** Like `keys`. */
  @Exposed({ stepwise: true })
  *entries(): Generator<[index: number, value: NumberOf<N>], void, undefined> {
    yield* this.#numbers.entries()
  }

  /** Calls `fn` for each number, one after the other. Each is a call: `toArray` is one for all. */
  @Exposed
  async forEach(fn: (value: NumberOf<N>, index: number) => unknown): Promise<void> {
    isFunction('forEach: fn', fn)
    for (const [index, value] of this.entries()) await callBack(() => fn(value, index))
  }

  [Symbol.iterator](): Generator<NumberOf<N>, void, undefined> {
    return this.values()
  }

  #write(index: number, values: ArrayLike<NumberOf<N>>): void {
    this.#kind.assertHolds(values)
    this.#numbers.set(values, index)
    this.#tell(index, values.length)
  }

  #tell(index: number, length: number): void {
    if (length > 0 && this.changes.areWatched) {
      this.changes.tell({ type: 'set', index, values: this.slice(index, index + length) })
    }
  }

  #placeOf(index: number): number {
    isNumber('the index', index)
    if (Number.isSafeInteger(index) && index >= 0 && index < this.length) return index
    throw new RangeError(`there is no number ${index} in an array of ${this.length}`)
  }
}
