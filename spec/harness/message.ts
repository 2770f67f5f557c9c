import { createCodec } from '../../lib/codec/codec.ts'
import type { ReferenceDescriptor, ReferencePort } from '../../lib/codec/reference-port.ts'
import type { MessageHead } from '../../lib/wire/message.ts'
import { readMessage, writeHead } from '../../lib/wire/message-form.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { tag } from '../../lib/wire/tags.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { bodyOf } from '../codec/crossing.ts'

/** A message as specs write it: its fields with their names, and as `value` what its body is of, or as `body` the bytes of that. */
export type Fields = Readonly<Record<string, unknown>>

/** A reference in the value of a message, which the peer reads as this descriptor. */
export class Referring {
  readonly descriptor: ReferenceDescriptor

  constructor(descriptor: ReferenceDescriptor) {
    this.descriptor = descriptor
  }
}

/** The message, from the start of the writer on. It has no byte arrays long enough to travel beside it. */
export function written({ value, body, ...head }: Fields): Writer {
  const writer = new Writer()
  writeHead(writer, head as unknown as MessageHead)
  if (body instanceof Uint8Array) writer.raw(body)
  else createCodec().encode(value, port, 'value', writer)
  return writer
}

/** A body of the value that `value` is the bytes of, with these references. */
export function withReferences(value: Uint8Array, descriptors: readonly ReferenceDescriptor[]): Uint8Array {
  const writer = new Writer()
  writer.raw(value)
  writer.wrap(tag.references)
  writer.utf8(JSON.stringify(descriptors))
  return writer.written(0)
}

/** The bytes of an instance of a class that nobody has registered. */
export const unknownInstance: Uint8Array = bodyOf(tag.object, { varint: 0 }, 'Unknown', { varint: 0 })

/** The message that came, without the fields that it has not. References stay the descriptors they came as. */
export function fieldsOf(message: Reader, tail: Uint8Array = new Uint8Array()): Fields {
  const entries = Object.entries(readMessage(message)).filter(([, field]) => field !== undefined && field !== false)
  return Object.fromEntries(
    entries.flatMap(([name, field]) => {
      if (!(field instanceof Reader)) return [[name, field]]
      return field.isAtEnd ? [] : [['value', createCodec().decode(field, tail, port)]]
    }),
  )
}

const port: ReferencePort = {
  accepts: (value) => value instanceof Referring,
  export: (value) => (value as Referring).descriptor,
  import: (descriptor) => descriptor,
}
