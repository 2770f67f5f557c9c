const buckets = 4096

/** So many keys of one bucket do no harm. */
export const harmless = 64

/**
 * Counts numbers and bigints that are keys of one `Map` or `Set`. V8 finds these by a hash that has no secret in it: who
 * chooses keys that all have the same one makes each look-up a walk past all of them. Texts are hashed with a secret of the
 * process, and objects by a random number.
 */
export class Spread {
  readonly #counts = new Map<number, number>()
  #size = 0

  /** Whether `key` may come into `keys`, which this counts: not where it is one too many in its bucket. Counted if it is new. */
  admits(key: unknown, keys: { has(key: never): boolean }): boolean {
    if (bucketOf(key) === undefined || keys.has(key as never)) return true
    const isFree = this.hasPlaceFor(key)
    if (isFree) this.add(key)
    return isFree
  }

  /** Whether a new key is not one too many in its bucket. */
  hasPlaceFor(key: unknown): boolean {
    const count = this.#counts.get(bucketOf(key) ?? -1) ?? 0
    // Those that nobody has chosen for it are seldom more than a few beyond the average.
    return count < harmless + (2 * this.#size) / buckets
  }

  add(key: unknown): void {
    const bucket = bucketOf(key)
    if (bucket === undefined) return
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1)
    this.#size++
  }

  /** A key has left that was there. */
  delete(key: unknown): void {
    const bucket = bucketOf(key)
    if (bucket === undefined) return
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 1) - 1)
    this.#size--
  }

  clear(): void {
    this.#counts.clear()
    this.#size = 0
  }
}

/** @throws RangeError */
export function refuseCrowded(): never {
  throw new RangeError(
    'too many of these numbers have one hash, so that each would be looked up among all of them: make texts of them',
  )
}

/** Like `new Set(values)`, in a time that is linear in their number. @throws RangeError where it would not be */
export function setOf<T>(values: readonly T[]): Set<T> {
  if (values.length <= harmless) return new Set(values)
  const [made, spread] = [new Set<T>(), new Spread()]
  for (const value of values) {
    if (!spread.admits(value, made)) refuseCrowded()
    made.add(value)
  }
  return made
}

/** The lowest bits of the hash of a key; undefined for what is hashed with a secret. */
function bucketOf(key: unknown): number | undefined {
  if (typeof key === 'number')
    return (Object.is(key | 0, key + 0) ? hashOfInteger(key) : hashOfDouble(key)) & (buckets - 1)
  return typeof key === 'bigint' ? hashOfBigInt(key) & (buckets - 1) : undefined
}

/** As V8's `ComputeUnseededHash`: the 32-bit hash of Thomas Wang. */
function hashOfInteger(key: number): number {
  let hash = ~key + (key << 15)
  hash ^= hash >>> 12
  hash += hash << 2
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  return hash ^ (hash >>> 16)
}

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)

function hashOfDouble(key: number): number {
  double[0] = key
  return hashOfLong(words[1] ?? 0, words[0] ?? 0)
}

/** V8 looks at the lowest 64 bits of the magnitude. */
function hashOfBigInt(key: bigint): number {
  const lowest = BigInt.asUintN(64, key)
  const digit = key < 0n ? BigInt.asUintN(64, -lowest) : lowest
  return hashOfLong(Number(digit >> 32n), Number(digit & 0xffff_ffffn))
}

/** As V8's `ComputeLongHash`: the hash of 64 bits to 32 of Thomas Wang, here of two words. */
function hashOfLong(high: number, low: number): number {
  let [hi, lo] = plus(~high, ~low, (high << 18) | (low >>> 14), low << 18)
  ;[hi, lo] = [hi ^ (hi >>> 31), lo ^ ((lo >>> 31) | (hi << 1))]
  const [hi4, lo4] = plus(hi, lo, (hi << 2) | (lo >>> 30), lo << 2)
  ;[hi, lo] = plus(hi4, lo4, (hi << 4) | (lo >>> 28), lo << 4)
  ;[hi, lo] = [hi ^ (hi >>> 11), lo ^ ((lo >>> 11) | (hi << 21))]
  ;[hi, lo] = plus(hi, lo, (hi << 6) | (lo >>> 26), lo << 6)
  return lo ^ ((lo >>> 22) | (hi << 10))
}

function plus(hi: number, lo: number, otherHi: number, otherLo: number): [hi: number, lo: number] {
  const low = (lo >>> 0) + (otherLo >>> 0)
  return [(hi + otherHi + (low > 0xffff_ffff ? 1 : 0)) | 0, low | 0]
}
