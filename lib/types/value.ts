import { Exposed, type Held, type Holder, holdersOf, isFunction, Shared } from '../extension.ts'
import { type AmountOf, newValue, patched, sumOf } from './containers/updates.ts'
import { Watchable } from './containers/changes.ts'
import { everything, type InTurn, KeyLocks } from './locks/key-locks.ts'
import { isSame } from './containers/equality.ts'

/** A change of a `SharedValue`. */
export interface ValueChange<T> {
  readonly type: 'set'
  readonly value: T
  readonly previous: T
}

/**
 * One value that processes share; Python's `SyncManager.Value`. It crosses by copy, but for shared objects, proxies and
 * functions, which stay live.
 *
 * Each call is atomic. One that writes while the value is being computed waits until that is over, in the order of
 * arrival; reads never wait.
 */
@Shared({ module: 'referent', typeid: 'SharedValue' })
export class SharedValue<T> extends Watchable<ValueChange<T>> implements Held {
  #value: T
  readonly #held = new KeyLocks<never>('SharedValue')

  constructor(value: T) {
    super()
    // What Python's `m.Value('i', 1)` says first.
    if (arguments.length > 1) throw new TypeError('a SharedValue takes its value alone, without a type before it')
    this.#value = value
  }

  [holdersOf](): Iterable<Holder> {
    return this.#held.holders()
  }

  @Exposed
  get value(): T {
    return this.#value
  }

  /**
   * `assign(proxy, { value })`, which can't wait.
   * @throws Error while the value is being computed: `set` waits
   */
  @Exposed
  set value(value: T) {
    if (!this.#held.isFree(everything)) throw new Error('the value is being computed: set(value) waits for that')
    this.#store(value)
  }

  @Exposed
  get(): T {
    return this.#value
  }

  @Exposed
  set(value: T): InTurn<void> {
    return this.#held.write(everything, () => void this.#store(value))
  }

  /**
   * Adds to a number, or to a bigint; returns the sum.
   * @param by 1 without it, or 1n
   * @throws TypeError for what is no number, or of the other kind; RangeError where the sum is more than a number counts
   *   exactly
   */
  @Exposed
  increment(by?: AmountOf<T>): InTurn<AmountOf<T>> {
    return this.#held.write(everything, () => {
      const sum = sumOf(this.#value, by, 'the value')
      // A sum is of the kind of what was there.
      this.#store(sum as T)
      return sum as AmountOf<T>
    })
  }

  /** Sets `value` where it is `expected`, compared as by `SharedMap.compareAndSet`. Returns whether it did. */
  @Exposed
  compareAndSet(expected: T, value: T): InTurn<boolean> {
    return this.#held.write(everything, () => {
      const isExpected = isSame(this.#value, expected)
      if (isExpected) this.#store(value)
      return isExpected
    })
  }

  /** Sets some properties of a plain object, and leaves the others. @throws TypeError where it is no plain object */
  @Exposed
  update(patch: Partial<T>): InTurn<void> {
    return this.#held.write(everything, () => void this.#store(patched(this.#value, patch, 'the value') as T))
  }

  /**
   * Sets the result of `fn` for the value, and resolves with it. The value is held meanwhile: nobody else writes it. Where
   * `fn` throws, and where its caller gives up, is killed or lost, it stays as it was and is free again.
   * @throws (as a rejection) TypeError where `fn` returns undefined; what it throws; ManagerError `DEADLOCK` for a write of
   *   this value within `fn`
   */
  @Exposed
  compute(fn: (value: T) => T | Promise<T>): Promise<T> {
    isFunction('compute: fn', fn)
    return this.#held.hold(everything, async () => this.#store(await newValue(() => fn(this.#value), 'compute')))
  }

  #store(value: T): T {
    if (this.changes.areWatched) this.changes.tell({ type: 'set', value, previous: this.#value })
    this.#value = value
    return value
  }
}
