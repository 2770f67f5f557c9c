import { isTypedArray } from 'node:util/types'
import { mustBe } from '../../extension.ts'
import { kindOf } from './updates.ts'

/** As long as the longest message, and filled in less than a tenth of a second. */
const maxBytes = 256 * 1024 * 1024

/** The names of the typed arrays. */
export type NumberType =
  | 'Int8Array'
  | 'Uint8Array'
  | 'Uint8ClampedArray'
  | 'Int16Array'
  | 'Uint16Array'
  | 'Int32Array'
  | 'Uint32Array'
  | 'Float32Array'
  | 'Float64Array'
  | 'BigInt64Array'
  | 'BigUint64Array'

const arrays: { readonly [N in NumberType]: (typeof globalThis)[N] } = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
}

/** The typed array of this name. */
export type NumbersOf<N extends NumberType> = InstanceType<(typeof globalThis)[N]>

/** What is in the typed array of this name. */
export type NumberOf<N extends NumberType> = N extends `Big${string}` ? bigint : number

/** What all typed arrays do alike. */
export interface Numbers<E> extends Iterable<E> {
  readonly length: number
  readonly byteOffset: number
  readonly BYTES_PER_ELEMENT: number
  [index: number]: E
  set(values: ArrayLike<E>, offset?: number): void
  slice(start?: number, stop?: number): Numbers<E>
  subarray(start?: number, stop?: number): Numbers<E>
  fill(value: E, start?: number, stop?: number): unknown
  at(index: number): E | undefined
  keys(): Iterable<number>
  entries(): Iterable<[index: number, value: E]>
}

/** Typed arrays of one kind, and what they hold without altering it. */
export class NumberKind<E extends number | bigint> {
  readonly type: NumberType
  readonly #Numbers: new (source: number | ArrayLike<E>) => Numbers<E>
  readonly #isBig: boolean
  readonly #isWhole: boolean
  readonly #probe: Numbers<E>

  /** @throws TypeError for what is no typed array's name */
  constructor(type: NumberType) {
    if (!Object.hasOwn(arrays, type)) {
      throw new TypeError(`${type} is no typed array; take one of ${Object.keys(arrays).join(', ')}`)
    }
    this.type = type
    this.#Numbers = arrays[type] as unknown as new (source: number | ArrayLike<E>) => Numbers<E>
    this.#isBig = type.startsWith('Big')
    // A clamped array is one for the sake of its bounds, and one of floats rounds all it gets.
    this.#isWhole = !type.startsWith('Float') && type !== 'Uint8ClampedArray'
    this.#probe = new this.#Numbers(1)
  }

  /**
   * Of so many zeros, or a copy of these values.
   * @throws RangeError, TypeError as `assertHolds`, and for a length that can't be
   */
  make(source: number | ArrayLike<E>): Numbers<E> {
    const most = maxBytes / this.#probe.BYTES_PER_ELEMENT
    const length = typeof source === 'number' ? source : this.#lengthOf(source)
    if (!Number.isSafeInteger(length) || length < 0 || length > most)
      throw new RangeError(`an ${this.type} of ${length} numbers can't be: a whole number, 0 or more, ${most} at most`)
    if (typeof source !== 'number') this.assertHolds(source)
    return new this.#Numbers(source)
  }

  /** @throws TypeError for what is neither an array nor a typed array, by this name */
  assertNumbers(name: string, values: unknown): void {
    if (!Array.isArray(values) && !isTypedArray(values)) throw mustBe(name, values, 'an array or a typed array')
  }

  #lengthOf(source: ArrayLike<E>): number {
    this.assertNumbers('the numbers of a SharedArray', source)
    return source.length
  }

  /** @throws TypeError for what is no number of this kind; RangeError for one that such an array would alter */
  assertHolds(values: ArrayLike<E>): void {
    for (let index = 0; index < values.length; index++) this.#assertHolds(values[index])
  }

  /** The sum as the array itself has it, which wraps or clamps where it has no room. @throws TypeError, RangeError */
  sum(value: E, by: number | bigint | undefined): E {
    const step = by ?? (this.#isBig ? 1n : 1)
    this.#assertKind(step)
    if (this.#isWhole && !this.#isBig && !Number.isSafeInteger(step)) {
      throw new RangeError(`${step} can't be added to what is in an ${this.type}: it is no whole number`)
    }
    this.#probe[0] = (this.#isBig ? BigInt(value) + BigInt(step) : Number(value) + Number(step)) as E
    return this.#probe[0]
  }

  #assertHolds(value: unknown): void {
    this.#assertKind(value)
    this.#probe[0] = value as E
    if (this.#isWhole && this.#probe[0] !== value) throw new RangeError(`${String(value)} doesn't fit an ${this.type}`)
  }

  #assertKind(value: unknown): void {
    const wanted = this.#isBig ? 'bigint' : 'number'
    if (typeof value !== wanted) throw new TypeError(`an ${this.type} holds ${wanted}s, not ${kindOf(value)}`)
  }
}
