import { isDeepStrictEqual } from 'node:util'
import { bytesOfBigInt, crossingOf } from './values.ts'

/** How many objects, and parts of them, one call may compare: less than a tenth of a second. */
const maxCompared = 200_000

/** What counts as one more: so many fields or items of an object, bytes of a leaf, characters of a text. */
const fieldsPerPart = 16
const bytesPerPart = 1024

type Pair = readonly [one: unknown, other: unknown]

/**
 * Whether two values are the same to their users. Primitives: as keys of a `Map` are, so that NaN is NaN, and
 * 0 is -0. What crosses by copy is never the same object twice: it is compared by what it holds. Shared objects, proxies
 * and functions are the same only as themselves.
 * @throws RangeError for values of too many parts
 */
export function isSame(one: unknown, other: unknown): boolean {
  return new Comparison().isSame(one, other)
}

/** Compares values for one call, as `isSame` does, and counts their parts. */
export class Comparison {
  #left = maxCompared
  readonly #classes = new Classes()

  /** @throws RangeError where this call has compared too many parts */
  isSame(one: unknown, other: unknown): boolean {
    if (!isObject(one) || !isObject(other)) return this.#isSamePrimitive(one, other)
    if (this.#areSame([[one, other]])) return true
    this.#classes.separate(0)
    return false
  }

  /** Whether all pairs are the same, if those are that are taken for it already. */
  #areSame(pairs: Pair[]): boolean {
    for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
      const [one, other] = pair
      if (!isObject(one) || !isObject(other)) {
        if (!this.#isSamePrimitive(one, other)) return false
      } else if (one !== other && !this.#hasSameParts(one, other, pairs)) return false
    }
    return true
  }

  #isSamePrimitive(one: unknown, other: unknown): boolean {
    if (typeof one === 'string' && typeof other === 'string') {
      if (one.length === other.length && one.length >= bytesPerPart) this.#spend(one.length / bytesPerPart)
    } else if (typeof one === 'bigint' && typeof other === 'bigint') this.#spend(bytesOfBigInt(one) / bytesPerPart)
    return one === other || (Number.isNaN(one) && Number.isNaN(other))
  }

  /** @param rest where the pairs are added that still have to be compared */
  #hasSameParts(one: object, other: object, rest: Pair[]): boolean {
    this.#spend(1)
    const crossing = crossingOf(one)
    if (crossing === 'itself' || crossing !== crossingOf(other)) return false
    if (crossing === 'leaf') return this.#isSameLeaf(one, other)
    if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
    // A circle, or a part that is met again: that is decided elsewhere.
    if (!this.#classes.join(one, other)) return true
    if (one instanceof Map && other instanceof Map) return this.#isSameMap(one, other, rest)
    if (one instanceof Set && other instanceof Set) return this.#isSameSet(one, other, rest)
    if (Array.isArray(one) && Array.isArray(other) && one.length !== other.length) return false
    return this.#hasSameFields(one, other, rest)
  }

  #isSameLeaf(one: object, other: object): boolean {
    // URLs are deeply equal whatever they are before Node 22.
    if (one instanceof URL && other instanceof URL) return this.#isSamePrimitive(one.href, other.href)
    // Invalid dates are not.
    if (one instanceof Date && other instanceof Date) return this.#isSamePrimitive(one.getTime(), other.getTime())
    if (one instanceof RegExp) this.#spend(one.source.length / bytesPerPart)
    if (one instanceof ArrayBuffer || ArrayBuffer.isView(one)) this.#spend(one.byteLength / bytesPerPart)
    return isDeepStrictEqual(one, other)
  }

  #hasSameFields(one: object, other: object, rest: Pair[]): boolean {
    const [names, others] = [fieldsOf(one), fieldsOf(other)]
    this.#spend((names.length + others.length) / fieldsPerPart)
    if (names.length !== others.length) return false
    return names.every((name) => {
      if (!hasField(other, name)) return false
      const part: unknown = Reflect.get(one, name)
      const otherPart: unknown = Reflect.get(other, name)
      // What takes no time comes first.
      if (!isObject(part) || !isObject(otherPart)) return this.#isSamePrimitive(part, otherPart)
      return rest.push([part, otherPart]) > 0
    })
  }

  #isSameMap(one: Map<unknown, unknown>, other: Map<unknown, unknown>, rest: Pair[]): boolean {
    if (one.size !== other.size) return false
    this.#spend(one.size / fieldsPerPart)
    const entries: [unknown, unknown][] = []
    for (const entry of one) {
      if (isCopied(entry[0])) entries.push(entry)
      else if (other.has(entry[0])) rest.push([entry[1], other.get(entry[0])])
      else return false
    }
    return this.#match(
      entries,
      [...other].filter(([key]) => isCopied(key)),
      rest,
    )
  }

  #isSameSet(one: Set<unknown>, other: Set<unknown>, rest: Pair[]): boolean {
    if (one.size !== other.size) return false
    this.#spend(one.size / fieldsPerPart)
    const copied = [...one].filter(isCopied)
    if (![...one].every((item) => isCopied(item) || other.has(item))) return false
    const others = [...other].filter(isCopied)
    return this.#match(
      copied.map((item) => [item]),
      others.map((item) => [item]),
      rest,
    )
  }

  /** Whether each of `ones` is the same as another one of `others`, in whatever order: the same one is tried first. */
  #match(ones: readonly unknown[][], others: readonly unknown[][], rest: Pair[]): boolean {
    if (ones.length !== others.length) return false
    const [first] = others
    if (ones.length === 1 && first !== undefined) return rest.push(...pairsOf(ones[0] ?? [], first)) > 0
    const isTaken = new Set<number>()
    let from = 0
    for (const one of ones) {
      while (isTaken.has(from)) from++
      const at = this.#partnerOf(one, others, from, isTaken)
      if (at === -1) return false
      isTaken.add(at)
    }
    return true
  }

  #partnerOf(one: readonly unknown[], others: readonly unknown[][], from: number, isTaken: Set<number>): number {
    for (let at = from; at < others.length; at++) {
      if (isTaken.has(at)) {
        this.#spend(1 / fieldsPerPart)
        continue
      }
      const before = this.#classes.joined
      if (this.#areSame(pairsOf(one, others[at] ?? []))) return at
      this.#classes.separate(before)
    }
    return -1
  }

  #spend(parts: number): void {
    this.#left -= parts
    if (this.#left >= 0) return
    const fix = 'look for parts of them, have a key for what is looked for, or compare a copy'
    throw new RangeError(
      `more than ${maxCompared} parts of values would be compared, and all others wait meanwhile: ${fix}`,
    )
  }
}

/** Which objects are taken for the same: each is in one class with them, until it turns out that one isn't. */
class Classes {
  readonly #parents = new Map<object, object>()
  readonly #ranks = new Map<object, number>()
  /** Those that have got a parent, in this order. */
  readonly #children: object[] = []

  get joined(): number {
    return this.#children.length
  }

  /** Makes one class of two. Whether they were two. */
  join(one: object, other: object): boolean {
    const [root, another] = [this.#rootOf(one), this.#rootOf(other)]
    if (root === another) return false
    const [rank, anotherRank] = [this.#ranks.get(root) ?? 0, this.#ranks.get(another) ?? 0]
    const [child, parent] = rank > anotherRank ? [another, root] : [root, another]
    if (rank === anotherRank) this.#ranks.set(parent, rank + 1)
    this.#parents.set(child, parent)
    this.#children.push(child)
    return true
  }

  /** Undoes what was joined after so many. */
  separate(joined: number): void {
    for (const child of this.#children.splice(joined)) this.#parents.delete(child)
  }

  #rootOf(value: object): object {
    let root = value
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root)) root = parent
    return root
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

function isCopied(value: unknown): boolean {
  return isObject(value) && crossingOf(value) !== 'itself'
}

function pairsOf(ones: readonly unknown[], others: readonly unknown[]): Pair[] {
  return ones.map((one, index) => [one, others[index]])
}

const fieldsOfErrors = ['name', 'message', 'cause', 'errors']

/** What is in an object. The stack of an error tells where a copy comes from, not what it is. */
function fieldsOf(value: object): string[] {
  const names = Object.keys(value)
  if (!(value instanceof Error)) return names
  return [...fieldsOfErrors, ...names.filter((name) => name !== 'stack' && !fieldsOfErrors.includes(name))]
}

function hasField(value: object, name: string): boolean {
  return Object.hasOwn(value, name) || (value instanceof Error && fieldsOfErrors.includes(name))
}
