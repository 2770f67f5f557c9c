import { crossingOf, isRecord, isLongBigInt } from './values.ts'

/** How many items, characters and so on one call may make texts of: less than a tenth of a second. */
const maxWork = 1_000_000

/** What counts as one more: so many characters. */
const charactersPerStep = 16

/** To write long ones in decimal digits takes ever more time. */
const longestBigInt = 2n ** 65_536n

/** Like `Array.prototype.join`. @throws RangeError where it would take long */
export function joined(items: readonly unknown[], separator = ','): string {
  return new Texts().join(items, separator)
}

/** The text of each item, as an array sorts them by. @throws RangeError as `joined` */
export function textsOf(items: readonly unknown[]): string[] {
  const texts = new Texts()
  return items.map((item) => (item === null ? 'null' : texts.of(item)))
}

/** Makes texts of values for one call, as `Array.prototype.join` has them. */
class Texts {
  #left = maxWork
  /** The arrays that it is in the middle of. */
  readonly #within = new Set<unknown>()

  /** @throws RangeError where it would take long: parts that are shared may make a long text of a small value */
  join(items: readonly unknown[], separator: string): string {
    if (this.#within.has(items)) return ''
    this.#within.add(items)
    this.#spend((items.length * separator.length) / charactersPerStep)
    const text = items.map((item) => this.of(item)).join(separator)
    this.#within.delete(items)
    return text
  }

  of(value: unknown): string {
    this.#spend(1)
    if (value === undefined || value === null) return ''
    if (Array.isArray(value)) return this.join(value, ',')
    if (ArrayBuffer.isView(value)) this.#spend(value.byteLength)
    if (typeof value === 'bigint' && isLongBigInt(value)) this.#spend(maxWork / 100)
    if (typeof value === 'bigint' && (value > longestBigInt || value < -longestBigInt)) this.#spend(maxWork)
    const text = textOf(value)
    this.#spend(text.length / charactersPerStep)
    return text
  }

  #spend(work: number): void {
    this.#left -= work
    if (this.#left < 0)
      throw new RangeError('the texts of these items would be too long to make here, while all others wait: copy them')
  }
}

/** Calls nothing of the object's own: that may be a function of another process. */
function textOf(value: unknown): string {
  if (isRecord(value) || (typeof value === 'object' && crossingOf(value) === 'itself')) return '[object Object]'
  // Of the rest, built-in classes and those of the program know theirs.
  return String(value)
}
