import { malformed, noPrimitive, type Reader } from '../wire/reader.ts'
import { tag } from '../wire/tags.ts'
import { RegExpBudget, maxDepth, maxHoles, maxOrdinaryFields, wideFieldsPerPart } from './limits.ts'
import { hooks } from './shapes.ts'
import { check } from './check.ts'
import { type KnownShape, knownShape } from './known-shape.ts'

/** How objects of a kind are read. */
export interface Readable {
  /** Reads what an empty one is made of. @throws ManagerError `PROTOCOL`, `UNSERIALIZABLE` */
  open(decoder: Decoder): Opened
  /** Like `open` and all that is left to do at once, where that is worth its lines. */
  read?(decoder: Decoder): unknown
}

/** An object as others can point at it, and what is left to do. */
export interface Opened {
  /** Undefined for what is made of its parts. */
  readonly value?: unknown
  /** Reads what it holds. */
  readonly fill?: () => void
  /** Reads its parts and makes it of them. */
  readonly make?: () => unknown
}

/** An object of a table, and what is left to do with it. */
interface Node {
  value: unknown
  rest: Opened | undefined
  readonly isReference: boolean
}

/** Reads one value that a peer wrote. Every size in it is bounded by the bytes that came. */
export class Decoder {
  readonly reader: Reader
  readonly #kinds: readonly (Readable | undefined)[]
  readonly #references: readonly unknown[]
  readonly #tail: Uint8Array
  readonly #maxParts: number
  readonly #shapes: KnownShape[] = []
  readonly #nodes: Node[] = []
  #expressions: RegExpBudget | undefined
  #nextReference = 0
  #tailPosition = 0
  #parts = 0
  #depth = 0
  #holes = 0

  /**
   * @param kinds by their tags
   * @param references as they were imported, in order
   * @param tail the bytes that came beside the message
   */
  constructor(
    reader: Reader,
    kinds: readonly (Readable | undefined)[],
    references: readonly unknown[],
    tail: Uint8Array,
    maxParts: number,
  ) {
    this.reader = reader
    this.#kinds = kinds
    this.#references = references
    this.#tail = tail
    this.#maxParts = maxParts
  }

  /** What the regular expressions so far have cost. */
  get expressions(): RegExpBudget {
    return (this.#expressions ??= new RegExpBudget())
  }

  /** The value that the reader has, undefined where it has none, and nothing else. @throws ManagerError `PROTOCOL`, `UNSERIALIZABLE` */
  whole(): unknown {
    const value = this.#root()
    check(this.reader.isAtEnd, 'more than one value')
    check(this.#nextReference === this.#references.length, 'a reference that is not used')
    check(this.#tailPosition === this.#tail.byteLength, 'an attachment that is not used')
    return value
  }

  #root(): unknown {
    const first = this.reader.peek()
    if (first === undefined) return undefined
    return first === tag.table || first === tag.orderedTable ? this.#table() : this.value()
  }

  /** Reads the next value, or a pointer to one. */
  value(): unknown {
    const { reader } = this
    const first = reader.byte()
    const primitive = reader.primitiveOf(first)
    if (primitive !== noPrimitive) return primitive
    switch (first) {
      case tag.bigint:
        return reader.bigint()
      case tag.pointer:
        return this.#pointedAt(reader.varint())
      default:
        return this.#nested(first)
    }
  }

  /** Reads which shape an object has. */
  shape(): KnownShape {
    const index = this.reader.varint()
    const shape = index > 0 ? this.#shapes[index - 1] : this.#newShape()
    if (shape === undefined) this.#refuse('a shape that is not there')
    if (shape.names.length > maxOrdinaryFields) this.#count(Math.ceil(shape.names.length / wideFieldsPerPart))
    return shape
  }

  #newShape(): KnownShape {
    const className = this.reader.name()
    const names: string[] = []
    for (let left = this.reader.count(); left > 0; left--) names.push(this.reader.name())
    const shape = knownShape(names, className)
    this.#shapes.push(shape)
    return shape
  }

  /** A reference, as it was imported. */
  nextReference(): unknown {
    check(this.#nextReference < this.#references.length, 'a reference that is not there')
    return this.#references[this.#nextReference++]
  }

  /** Bytes that came beside the message: all of them, where they are one array; else a copy. */
  nextAttachment(byteLength: number): Uint8Array {
    const start = this.#tailPosition
    check(byteLength <= this.#tail.byteLength - start, 'an attachment that is not there')
    this.#tailPosition += byteLength
    const isAlone = byteLength > 0 && byteLength === this.#tail.buffer.byteLength
    return isAlone ? this.#tail : new Uint8Array(this.#tail.subarray(start, start + byteLength))
  }

  addHoles(count: number): void {
    this.#holes += count
    check(this.#holes <= maxHoles, 'more holes than a message may hold')
  }

  /** Refuses a reference as the next value, where that would be a function which is called by its name. */
  refuseHook(name: string): void {
    if (!hooks.has(name)) return
    check(!this.#isReferenceNext(), 'a remote function where one is called by its name: then, toJSON')
  }

  #isReferenceNext(): boolean {
    const { reader } = this
    const next = reader.peek()
    if (next !== tag.pointer) return next === tag.reference
    const ahead = reader.rest()
    ahead.byte()
    return this.#nodes[ahead.varint()]?.isReference === true
  }

  #nested(first: number): unknown {
    check(++this.#depth <= maxDepth, 'objects in each other deeper than a receiver takes')
    const kind = this.#kindOf(first)
    const value = kind.read === undefined ? finished(kind.open(this)) : kind.read(this)
    this.#depth--
    return value
  }

  /** Objects that point at each other: first all of them, still empty, then what each holds. */
  #table(): unknown {
    const { reader } = this
    const isOrdered = reader.byte() === tag.orderedTable
    const count = reader.count()
    check(count > 0, 'a table of nothing')
    if (count > this.#maxParts) this.#refuseParts()
    for (let index = 0; index < count; index++) {
      const first = reader.byte()
      const opened = this.#kindOf(first).open(this)
      this.#nodes.push({ value: opened.value, rest: opened, isReference: first === tag.reference })
    }
    for (let turn = 0; turn < count; turn++) this.#fill(isOrdered ? reader.varint() : turn)
    return this.#pointedAt(0)
  }

  #fill(index: number): void {
    const node = this.#nodes[index]
    const rest = node?.rest
    check(node !== undefined && rest !== undefined, 'an object of a table that comes twice, or is none')
    node.value = finished(rest)
    node.rest = undefined
  }

  #pointedAt(index: number): unknown {
    const node = this.#nodes[index]
    check(node !== undefined, 'a pointer that leads nowhere')
    check(node.rest?.make === undefined, 'a custom value that holds itself')
    return node.value
  }

  #kindOf(first: number): Readable {
    this.#count(1)
    return this.#kinds[first] ?? this.#refuseTag(first)
  }

  #count(parts: number): void {
    this.#parts += parts
    if (this.#parts > this.#maxParts) this.#refuseParts()
  }

  #refuseParts(): never {
    this.#refuse(`more than ${this.#maxParts} objects and lists`)
  }

  #refuseTag(first: number): never {
    this.#refuse(`a value of the unknown kind ${first}`)
  }

  #refuse(what: string): never {
    throw malformed(what)
  }
}

function finished({ value, fill, make }: Opened): unknown {
  if (make !== undefined) return make()
  fill?.()
  return value
}
