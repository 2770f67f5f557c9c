import { each } from '../each.ts'
import { partsOf } from '../wire/limits.ts'
import { isRecord, noPrimitive, type Reader, readJson } from '../wire/reader.ts'
import { tag } from '../wire/tags.ts'
import { isPrimitive, type Primitive, type Writer } from '../wire/writer.ts'
import { check } from './check.ts'
import { Decoder } from './decoder.ts'
import { encodeWith } from './encoder.ts'
import { kinds, writeObject } from './kinds.ts'
import { maxReferences } from './limits.ts'
import { refuseChangedJson } from './path.ts'
import type { ReferenceDescriptor, ReferencePort } from './reference-port.ts'
import { decodeSuperjson, encodeSuperjson } from './superjson/superjson.ts'

/** What goes with the bytes of a value that was written. */
export interface Encoded {
  /**
   * Long byte arrays, which travel beside the message in the order in which its text refers to them. They are the caller's
   * own, which it may change as soon as its code goes on: to be copied before.
   */
  readonly attachments: readonly Uint8Array[]
  /** What `port.export` described, so that a message which can't be sent gives it back. */
  readonly references: readonly ReferenceDescriptor[]
}

/**
 * Turns any value into the body of a message and back. A value arrives as it left, with the identity of its objects kept
 * among themselves, or is refused: nothing of it is lost on the way.
 */
export interface Codec {
  /**
   * Writes a value; nothing for `undefined`.
   * @param root what error paths start with: 'result', 'item', ...; with 'arguments' the value is the array of
   * arguments, and paths read `argument 0.items[3].fn`
   * @throws ManagerError `UNSERIALIZABLE` with the path, `FRAME_TOO_LARGE`, or what `port.accepts` throws: nothing was taken
   * from the port then, and nothing written. `port.export` must not throw: what it gave before would not be given back
   */
  encode(value: unknown, port: ReferencePort, root: string, writer: Writer): Encoded
  /**
   * Takes the bytes that came beside the message: they may become the buffer of the value.
   * @throws ManagerError `PROTOCOL` for a malformed body, `UNSERIALIZABLE` for what can't be read here, such as an
   * instance of a class that isn't registered, and what `port.import` throws. Each reference is imported all the same
   */
  decode(body: Reader, tail: Uint8Array, port: ReferencePort): unknown
  /** The references in a body whose value nobody wants. @throws ManagerError `PROTOCOL` for a malformed list of them */
  references(body: Reader): readonly ReferenceDescriptor[]
}

/** How values are written: in a form that takes the least time, or in that of superjson. */
export type Serializer = 'binary' | 'superjson'

export interface CodecOptions {
  /** Both sides of a session must have the same. Default `binary`. */
  readonly serializer?: Serializer
  /** Errors leave without the lines of their stacks, which name functions and files of this process. */
  readonly hidesStacks?: boolean
  /** The most bytes of a body that the peer takes at the moment, its byte arrays not counted: a longer one is refused as soon as it is. */
  readonly maxTextBytes?: () => number
  /** The most objects and lists of a body that this side takes. */
  readonly maxParts?: number
}

const nothing: Encoded = { attachments: [], references: [] }

/** A codec keeps nothing from one message to the next. */
export function createCodec({
  serializer = 'binary',
  hidesStacks = false,
  maxTextBytes = () => Infinity,
  maxParts = Infinity,
}: CodecOptions = {}): Codec {
  const isSuperjson = serializer === 'superjson'
  return {
    encode(value, port, root, writer) {
      if (value === undefined) return nothing
      const { start, limit, position } = writer
      writer.start = position
      writer.limit = maxTextBytes()
      try {
        if (!isSuperjson && writePrimitives(value, root, writer)) return nothing
        const options = { hidesStacks, maxParts: partsOf(writer.limit) }
        const { attachments, references } = isSuperjson
          ? encodeSuperjson(value, port, root, writer, options)
          : encodeWith(writeObject, value, port, root, writer, options)
        if (references.length === 0) return { attachments, references: nothing.references }
        refuseChangedJson({ parent: undefined, step: root })
        return { attachments, references: writeReferences(references, port, writer) }
      } catch (error) {
        writer.position = position
        throw error
      } finally {
        writer.start = start
        writer.limit = limit
      }
    },
    decode(body, tail, port) {
      const plain = isSuperjson || tail.byteLength > 0 ? noPrimitive : readPrimitives(body)
      if (plain !== noPrimitive) return plain
      const { value, descriptors } = parted(body)
      const references = importAll(descriptors, port)
      if (isSuperjson) return decodeSuperjson(value, references, tail, maxParts)
      check(value.peek() !== tag.json, "a value in superjson's form in a session of another one")
      return new Decoder(value, kinds, references, tail, maxParts).whole()
    },
    references: (body) => parted(body).descriptors,
  }
}

/** How many arguments are looked at for something that is no primitive. */
const fewArguments = 8

/** A primitive, or a few of them as arguments: what most calls carry. Of the array of arguments only the items matter. */
function writePrimitives(value: unknown, root: string, writer: Writer): boolean {
  if (isPrimitive(value)) {
    writer.primitive(value)
    return true
  }
  if (root !== 'arguments' || !Array.isArray(value) || value.length > fewArguments) return false
  for (const argument of value) if (!isPrimitive(argument)) return false
  writer.byte(tag.array)
  writer.varint(value.length)
  for (const argument of value) writer.primitive(argument as Primitive)
  return true
}

/**
 * What `writePrimitives` wrote, and nothing else. Else `noPrimitive`, and the reader is where it was.
 * @throws ManagerError `PROTOCOL`
 */
function readPrimitives(reader: Reader): Primitive | Primitive[] | typeof noPrimitive {
  if (reader.isAtEnd) return undefined
  const { position } = reader
  const first = reader.byte()
  const value = first === tag.array ? readFewPrimitives(reader) : reader.primitiveOf(first)
  if (value === noPrimitive || !reader.isAtEnd) {
    reader.position = position
    return noPrimitive
  }
  return value
}

function readFewPrimitives(reader: Reader): Primitive[] | typeof noPrimitive {
  const count = reader.count()
  if (count > fewArguments) return noPrimitive
  const values: Primitive[] = []
  for (let left = count; left > 0; left--) {
    const value = reader.primitiveOf(reader.byte())
    if (value === noPrimitive) return noPrimitive
    values.push(value)
  }
  return values
}

/**
 * References are exported last, when nothing can be refused any more: a value that can't cross took nothing from the
 * port. They are written after the value, whose length is then put before it.
 */
function writeReferences(references: readonly object[], port: ReferencePort, writer: Writer): ReferenceDescriptor[] {
  // Whoever sends the message refuses one that is too long now, and gives back what was exported.
  writer.limit = Infinity
  const descriptors = references.map((reference) => port.export(reference))
  writer.wrap(tag.references)
  writer.utf8(JSON.stringify(descriptors))
  return descriptors
}

/** The value of a body, and the references in it. */
function parted(body: Reader): { value: Reader; descriptors: readonly ReferenceDescriptor[] } {
  if (body.peek() !== tag.references) return { value: body, descriptors: nothing.references }
  const reader = body.rest()
  reader.byte()
  const value = reader.part(reader.word())
  const raw = readJson(reader, 'references')
  check(Array.isArray(raw) && raw.every(isRecord), 'references that are not a list of objects')
  check(raw.length <= maxReferences, 'more references than a message may hold')
  return { value, descriptors: raw }
}

/** @throws the first that `port.import` threw, when all others were imported */
function importAll(descriptors: readonly ReferenceDescriptor[], port: ReferencePort): readonly unknown[] {
  const { results, failure } = each(descriptors, (descriptor) => port.import(descriptor))
  if (failure !== undefined) throw failure.reason
  return results
}
