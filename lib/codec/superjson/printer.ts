import { textTooLarge } from '../../wire/limits.ts'
import { maxDepth } from '../limits.ts'
import { type Path, refuse, refusePart, type Step } from '../path.ts'
import {
  type Annotation,
  custom,
  isCustom,
  isList,
  isPlainNumber,
  maxDecimalDigits,
  Node,
  own,
  type Part,
  reservedNames,
  type Scalar,
} from './node.ts'

/**
 * A value as superjson's text, `{"json":...,"meta":...}`. What is met twice is written once.
 * @throws ManagerError `UNSERIALIZABLE` with the path of what superjson's own reader would change, `FRAME_TOO_LARGE` for
 * what is sure to have more than `maxBytes`
 */
export function printSuperjson(value: Part, root: string, maxBytes: number): string {
  return new Printer(maxBytes).whole(value, root)
}

/** JSON of a value, and what of it has annotations: one of its own, then those of its parts by their keys. */
interface Printed {
  readonly json: string
  readonly notes?: Notes
}
type Notes = readonly [Annotation] | readonly [Annotation, NotesOfParts] | NotesOfParts
type NotesOfParts = ReadonlyMap<string, Notes>

interface PrintedContents extends Printed {
  readonly notes?: NotesOfParts
}

/** Where a node lies. */
interface Place {
  readonly path: Path
  readonly depth: number
  /** As `meta` says it; undefined for the whole. */
  readonly keys: string | undefined
  /** Which entry of a map it is, if it is one. */
  readonly row?: number | undefined
  /** Whether superjson's reader finds an object here that is met again elsewhere. */
  readonly isFound: boolean
  /** Whether it puts one here that was met elsewhere. */
  readonly isAssigned: boolean
  /** Whether it puts one into what is here. */
  readonly isPassed: boolean
}

class Printer {
  readonly #places = new Map<Node, Place>()
  readonly #equalToRoot: string[] = []
  readonly #equal = new Map<string, string[]>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  whole(value: Part, root: string): string {
    const place = { depth: 0, keys: undefined, isFound: true, isAssigned: false, isPassed: true }
    const path = { parent: undefined, step: root }
    const { json, notes } = value instanceof Node ? this.#node(value, { ...place, path }) : this.#primitive(value)
    const equal = this.#equalities()
    if (notes === undefined && equal === undefined) return `{"json":${json}}`
    const values = notes === undefined ? '' : `"values":${textOf(notes)},`
    return `{"json":${json},"meta":{${values}${equal === undefined ? '' : `"referentialEqualities":${equal},`}"v":1}}`
  }

  #primitive(value: Exclude<Part, Node>): Printed {
    switch (typeof value) {
      case 'string':
        this.#count(value.length)
        return { json: JSON.stringify(value) }
      case 'undefined':
        return { json: 'null', notes: ['undefined'] }
      case 'bigint':
        return this.#integer(value)
      case 'number':
        if (isPlainNumber(value)) return { json: String(value) }
        return { json: Object.is(value, -0) ? '"-0"' : `"${value}"`, notes: ['number'] }
      default:
        return { json: String(value) }
    }
  }

  #integer(value: bigint): Printed {
    const magnitude = value < 0n ? -value : value
    if (magnitude < leastHex) return { json: `"${value}"`, notes: ['bigint'] }
    const hex = magnitude.toString(16)
    this.#count(hex.length)
    return { json: `"${value < 0n ? '-' : ''}0x${hex}"`, notes: [custom(own.bigint)] }
  }

  #node(node: Node, place: Place): Printed {
    const known = this.#places.get(node)
    if (known !== undefined) return this.#again(known, place)
    if (place.depth >= maxDepth)
      refuse(place.path, `superjson takes no more than ${maxDepth} objects in each other; send it in parts`)
    this.#places.set(node, place)
    const { type, content } = node
    const { json, notes } = this.#contents(type, content instanceof Node ? this.#merged(content, place) : node, place)
    if (type === undefined) return notes === undefined ? { json } : { json, notes }
    return { json, notes: notes === undefined ? [type] : [type, notes] }
  }

  /** What is written in the place of another one can't be met again: nothing but that one is there for a reader. */
  #merged(node: Node, place: Place): Node {
    if (this.#places.has(node)) refuseTwice(place.path)
    this.#places.set(node, { ...place, isFound: false })
    return node
  }

  /** @param type the annotation of the whole */
  #contents(type: Annotation | undefined, { content, names }: Node, place: Place): PrintedContents {
    if (!isList(content)) return { json: this.#scalar(content as Scalar) }
    this.#count(content.length)
    const notes = new Map<string, Notes>()
    const parts = content.map((part, at) => {
      const key = names?.[at] ?? String(at)
      if (names !== undefined) this.#name(key, place)
      const printed =
        part instanceof Node
          ? this.#node(part, partPlace(type, place, content, names?.[at] ?? at))
          : this.#primitive(part)
      addNotes(notes, escaped(key), printed.notes)
      return names === undefined ? printed.json : `${JSON.stringify(key)}:${printed.json}`
    })
    const json = names === undefined ? `[${parts.join()}]` : `{${parts.join()}}`
    return notes.size === 0 ? { json } : { json, notes }
  }

  #scalar(content: Scalar): string {
    if (typeof content !== 'object' || content === null) return this.#primitive(content).json
    this.#count(2 * content.length)
    return `[${Array.prototype.join.call(content)}]`
  }

  #name(name: string, { path }: Place): void {
    this.#count(name.length)
    if (reservedNames.has(name))
      refusePart(path, name, 'superjson takes no field of that name; rename it, or send a Map')
  }

  #again(known: Place, place: Place): Printed {
    if (!known.isFound || !place.isAssigned) refuseTwice(place.path)
    const keys = place.keys ?? ''
    if (known.keys === undefined) this.#equalToRoot.push(keys)
    else if (!this.#equal.has(known.keys)) this.#equal.set(known.keys, [keys])
    else this.#equal.get(known.keys)?.push(keys)
    return { json: 'null' }
  }

  #equalities(): string | undefined {
    const others = this.#equal.size === 0 ? undefined : textOf(this.#equal)
    if (this.#equalToRoot.length === 0) return others
    return `[${textOf(this.#equalToRoot)}${others === undefined ? '' : `,${others}`}]`
  }

  /** There are at least so many bytes more. */
  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) throw textTooLarge(`at least ${this.#bytes} bytes`, this.#maxBytes)
  }
}

const leastHex = 10n ** BigInt(maxDecimalDigits)

function refuseTwice(path: Path): never {
  refuse(
    path,
    'superjson keeps an object that is met twice only in plain objects, arrays and values of maps; send a copy here',
  )
}

/** The transformers whose parts are no parts of the value that they write. */
const shells: readonly string[] = [own.error, own.sparse, own.custom]

function partPlace(type: Annotation | undefined, place: Place, parts: readonly Part[], key: string | number): Place {
  const isShell = shells.some((name) => isCustom(type, name))
  const keys = escaped(String(key))
  return {
    path: type === 'map' || isShell ? place.path : { parent: place.path, step: stepOf(type, place, parts, key) },
    depth: place.depth + 1,
    keys: place.keys === undefined ? keys : `${place.keys}.${keys}`,
    row: type === 'map' ? Number(key) : undefined,
    isFound: place.isFound && !isCustom(type),
    isAssigned: place.isPassed && type === undefined && (place.row === undefined || key === 1),
    isPassed: place.isPassed && (type === undefined || type === 'map' || type === 'set'),
  }
}

function stepOf(type: Annotation | undefined, { row }: Place, parts: readonly Part[], key: string | number): Step {
  if (type === 'set') return { part: 'value', position: Number(key) }
  if (row === undefined) return key
  return { part: key === 0 ? 'key' : 'value', position: row, key: parts[0] }
}

/** A part without an annotation of its own adds its key to those of its parts. */
function addNotes(all: Map<string, Notes>, key: string, notes: Notes | undefined): void {
  if (notes instanceof Map) for (const [inner, each] of notes as NotesOfParts) all.set(`${key}.${inner}`, each)
  else if (notes !== undefined) all.set(key, notes)
}

function escaped(key: string): string {
  return key.replaceAll('\\', '\\\\').replaceAll('.', '\\.')
}

type Json = string | readonly Json[] | ReadonlyMap<string, Json>

/** JSON, whatever `toJSON` all objects may have inherited. */
function textOf(json: Json): string {
  if (typeof json === 'string') return JSON.stringify(json)
  if (json instanceof Map) {
    const fields = [...(json as ReadonlyMap<string, Json>)].map(([key, each]) => `${textOf(key)}:${textOf(each)}`)
    return `{${fields.join()}}`
  }
  return `[${(json as readonly Json[]).map(textOf).join()}]`
}
