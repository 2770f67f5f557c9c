import type { Writer } from '../wire/writer.ts'

/** The names of the fields of an object, and what holds for all objects that have them. */
export interface Shape {
  readonly index: number
  readonly names: readonly string[]
  /** The registered class; '' for plain objects. */
  readonly className: string
  /** Whether one of the names is of a function that others call on their own: see `hooks`. */
  readonly hasHook: boolean
}

/**
 * What an object with a function of that name is taken for, by those who await it or make JSON of it: at the other side,
 * where the function is a remote one that calls back here, the one would wait without end and the other get a promise.
 */
export const hooks: ReadonlyMap<string, string> = new Map([
  ['then', "an object with a function named 'then' is taken for a promise; await it first, or rename that"],
  ['toJSON', "an object with a function named 'toJSON' is replaced by what that gives; send that, or rename it"],
])

/** So many shapes are looked through one by one. */
const scanned = 8

/** The shapes of one body, each written once, where it is first met; then by its number. */
export class ShapeTable {
  readonly #shapes: Shape[] = []
  /** Those beyond the first. */
  #byNames: Map<string, Shape> | undefined

  /** Writes which shape an object has. */
  write(names: readonly string[], className: string, writer: Writer): Shape {
    const known = this.#find(names, className)
    if (known !== undefined) {
      writer.varint(known.index + 1)
      return known
    }
    writer.varint(0)
    writer.text(className)
    writer.varint(names.length)
    for (const name of names) writer.text(name)
    return this.#add(names, className)
  }

  #find(names: readonly string[], className: string): Shape | undefined {
    const shapes = this.#shapes
    const last = Math.min(shapes.length, scanned)
    for (let at = 0; at < last; at++) {
      const shape = shapes[at] as Shape
      if (shape.className === className && isSame(shape.names, names)) return shape
    }
    const found = this.#byNames?.get(names.join('\n'))
    return found !== undefined && found.className === className && isSame(found.names, names) ? found : undefined
  }

  #add(names: readonly string[], className: string): Shape {
    const hasHook = names.some((name) => hooks.has(name))
    const shape = { index: this.#shapes.length, names, className, hasHook }
    this.#shapes.push(shape)
    if (shape.index >= scanned) (this.#byNames ??= new Map()).set(names.join('\n'), shape)
    return shape
  }
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false
  return true
}
