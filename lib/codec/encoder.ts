import { isManagerError } from '../errors.ts'
import { tag } from '../wire/tags.ts'
import { isPrimitive, type Writer } from '../wire/writer.ts'
import { RegExpBudget, maxDepth, maxHoles, maxOrdinaryFields, maxReferences, wideFieldsPerPart } from './limits.ts'
import { maxIntegerBytes } from '../wire/reader.ts'
import { type Path, refuse, refusePart, type Step } from './path.ts'
import type { ReferencePort } from './reference-port.ts'
import { type Shape, ShapeTable } from './shapes.ts'
import { Table } from './table.ts'

export interface EncodeOptions {
  /** Errors leave without the lines of their stacks. */
  readonly hidesStacks: boolean
  /** The most objects and lists that the receiver takes. */
  readonly maxParts: number
}

/** Writes an object of any kind. @throws ManagerError `UNSERIALIZABLE` */
export type WriteObject = (value: object, encoder: Encoder, path: Path) => void

/**
 * Writes a value whole.
 * @throws ManagerError `UNSERIALIZABLE` with the path, `FRAME_TOO_LARGE`, or what `port.accepts` throws
 */
export function encodeWith(
  write: WriteObject,
  value: unknown,
  port: ReferencePort,
  root: string,
  writer: Writer,
  options: EncodeOptions,
): Encoder {
  const { position } = writer
  const nested = new Encoder(writer, undefined, write, port, options)
  try {
    nested.nested(value, root)
    nested.assertAttached(root)
    return nested
  } catch (error) {
    if (isManagerError(error, 'FRAME_TOO_LARGE') || !isNode(value)) throw error
    writer.position = position
  }
  const table = new Table(value, { parent: undefined, step: root }, writer.limit, options.maxParts)
  const encoder = new Encoder(writer, table, write, port, options)
  encoder.nodes(table)
  table.writeTo(writer)
  encoder.assertAttached(root)
  return encoder
}

function isNode(value: unknown): value is object {
  return typeof value === 'symbol' || typeof value === 'function' || (typeof value === 'object' && value !== null)
}

const nowhere: Path = { parent: undefined, step: '' }

/**
 * Writes one value, once. As a rule each object is written where it is met, within the one that holds it. What that can't
 * keep is written as a table: an object met twice, one that lies deep, what a transformer made. Refusals are told by
 * the table too, which knows the paths; the other way just stops.
 */
export class Encoder {
  readonly port: ReferencePort
  readonly hidesStacks: boolean
  readonly shapes: ShapeTable = new ShapeTable()
  /** Long byte arrays, none of them empty. They are the caller's own. */
  readonly attachments: Uint8Array[] = []
  readonly references: object[] = []
  /** Where to write what an empty object of its kind is made of; the same as `body` but in a table. */
  readonly head: Writer
  /** Where to write what an object holds. */
  readonly body: Writer
  readonly #write: WriteObject
  #expressions: RegExpBudget | undefined
  readonly #maxParts: number
  readonly #table: Table | undefined
  #parts = 0
  #depth = 0
  #holes = 0
  /** The objects met so far: most values hold one, or none. */
  #first: object | undefined
  #met: Set<object> | undefined

  constructor(
    writer: Writer,
    table: Table | undefined,
    write: WriteObject,
    port: ReferencePort,
    { hidesStacks, maxParts }: EncodeOptions,
  ) {
    this.head = table?.head ?? writer
    this.body = table?.body ?? writer
    this.#table = table
    this.#write = write
    this.port = port
    this.hidesStacks = hidesStacks
    this.#maxParts = maxParts
  }

  /** What the regular expressions so far have cost. */
  get expressions(): RegExpBudget {
    return (this.#expressions ??= new RegExpBudget())
  }

  /** Writes a value within the objects that hold it. @throws anything where it needs a table */
  nested(value: unknown, root: string): void {
    if (root !== 'arguments' || !Array.isArray(value)) return this.value(value, undefined, root)
    // Nobody but the proxy has the array of arguments: its items are written without a look at what else it may hold. It is
    // a list for the limits all the same.
    this.#parts++
    this.#depth++
    this.body.byte(tag.array)
    this.body.varint(value.length)
    for (let at = 0; at < value.length; at++) this.value(value[at], nowhere, at)
  }

  /**
   * Writes the nodes of its table.
   * @throws ManagerError `UNSERIALIZABLE` with the path of what can't cross, `FRAME_TOO_LARGE`, and what `port.accepts` throws
   */
  nodes(table: Table): void {
    // The nodes grow while they are read.
    for (const { value, path } of table.nodes) {
      table.begin()
      reading(path, () => this.#write(value, this, path))
    }
  }

  /** Writes a part of what is at `path`; of nothing, where it is the whole. */
  value(value: unknown, path: Path | undefined, step: Step): void {
    if (isPrimitive(value)) this.body.primitive(value)
    else if (typeof value === 'bigint') this.#integer(value, path, step)
    // Also functions, and symbols, which transformers may take.
    else this.#object(value, path, step)
  }

  /** Writes which shape the object has whose fields come next. */
  shape(names: readonly string[], className: string): Shape {
    if (names.length > maxOrdinaryFields) this.#countWide(names.length)
    return this.shapes.write(names, className, this.head)
  }

  /** Writes a key or value of a map, or a member of a set. @param key that of a map's value */
  entry(value: unknown, path: Path, part: 'key' | 'value', position: number, key: unknown): void {
    if (this.#table === undefined) this.value(value, path, position)
    else this.value(value, path, { part, position, key })
  }

  /** Whether `value` crosses by reference. */
  accepts(value: unknown): boolean {
    return (typeof value === 'function' || (typeof value === 'object' && value !== null)) && this.port.accepts(value)
  }

  reference(value: object, path: Path): void {
    if (this.references.length === maxReferences)
      refuse(path, `more than ${maxReferences} values by reference can't cross at once; send them in parts`)
    this.references.push(value)
    this.head.byte(tag.reference)
  }

  /** Writes what a transformer makes of a value: a table, as only there it can come after its parts. */
  custom(name: string, serialize: () => unknown, path: Path): void {
    if (this.#table === undefined) throw needsTable
    const serialized = serialize()
    this.#table.markCustom()
    this.head.byte(tag.custom)
    this.head.text(name)
    this.value(serialized, path, `<${name}>`)
  }

  /** Code that has run meanwhile, such as a transformer, may have transferred bytes elsewhere. @throws ManagerError `UNSERIALIZABLE` */
  assertAttached(root: string): void {
    if (this.attachments.some(({ byteLength }) => byteLength === 0))
      refusePart(
        undefined,
        root,
        "bytes that were transferred elsewhere while they were written can't cross; send a copy: slice()",
      )
  }

  addHoles(count: number, path: Path): void {
    this.#holes += count
    if (this.#holes > maxHoles) refuse(path, `more than ${maxHoles} holes can't cross; send entries instead`)
  }

  #object(value: object, path: Path | undefined, step: Step): void {
    if (this.#table !== undefined) return this.#table.writePointer(value, path, step)
    if (this.#isMetAgain(value) || ++this.#parts > this.#maxParts || ++this.#depth > maxDepth) throw needsTable
    this.#write(value, this, nowhere)
    this.#depth--
  }

  #countWide(fields: number): void {
    const parts = Math.ceil(fields / wideFieldsPerPart)
    if (this.#table !== undefined) return this.#table.count(parts)
    this.#parts += parts
    if (this.#parts > this.#maxParts) throw needsTable
  }

  #isMetAgain(value: object): boolean {
    if (this.#first === undefined) {
      this.#first = value
      return false
    }
    this.#met ??= new Set([this.#first])
    const before = this.#met.size
    return this.#met.add(value).size === before
  }

  #integer(value: bigint, path: Path | undefined, step: Step): void {
    if (!this.body.bigint(value, maxIntegerBytes))
      refusePart(path, step, `an integer of over ${maxIntegerBytes} bytes can't cross`)
  }
}

/** Thrown where a value needs a table; always the same one, as to make an error takes longer than the value. */
const needsTable = new Error('needs a table')

/** Getters, traps of a `Proxy` and transformers run here, and may throw anything. */
function reading(path: Path, read: () => void): void {
  try {
    read()
  } catch (cause) {
    if (isManagerError(cause)) throw cause
    refuse(path, `reading this value threw ${messageOf(cause)}`, { cause })
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : 'something that is no error'
}
