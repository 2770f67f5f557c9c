import { joined } from '../../platform/node.ts'
import { textTooLarge } from '../../wire/limits.ts'
import { Reader } from '../../wire/reader.ts'
import { tag } from '../../wire/tags.ts'
import { Writer } from '../../wire/writer.ts'
import { check } from '../check.ts'
import { Decoder } from '../decoder.ts'
import { type EncodeOptions, type Encoder, encodeWith } from '../encoder.ts'
import { kinds, writeObject } from '../kinds.ts'
import type { ReferencePort } from '../reference-port.ts'
import { asNodes } from './from-binary.ts'
import type { Part } from './node.ts'
import { excessOf, parseSuperjson } from './parser.ts'
import { printSuperjson } from './printer.ts'
import { numberOfReference, writeNode } from './to-binary.ts'

// What crosses, and how it is checked, is the same in both forms, as superjson's is made of the binary one and back.

/**
 * Writes a value as superjson's text, its byte arrays too.
 * @throws ManagerError as `encodeWith`, also for what superjson's own reader would change
 */
export function encodeSuperjson(
  value: unknown,
  port: ReferencePort,
  root: string,
  writer: Writer,
  options: EncodeOptions,
): Pick<Encoder, 'attachments' | 'references'> {
  const binary = new Writer()
  const { attachments, references } = encodeWith(writeObject, value, port, root, binary, {
    ...options,
    maxParts: Infinity,
  })
  const [body, numbers] = [new Reader(binary.written(0)), references.map((_, at) => at)]
  const nodes = new Decoder(body, asNodes, numbers, tailOf(attachments), Infinity).whole() as Part
  writer.byte(tag.json)
  const start = writer.position
  writer.utf8(printSuperjson(nodes, root, writer.limit))
  const excess = excessOf(new Reader(writer.bytes, start, writer.position), options.maxParts)
  if (excess !== undefined) throw textTooLarge(excess, writer.limit)
  return { attachments: [], references }
}

/** Reads what `encodeSuperjson` wrote, or a client that has superjson itself. @throws ManagerError as a decoder does */
export function decodeSuperjson(
  body: Reader,
  references: readonly unknown[],
  tail: Uint8Array,
  maxParts: number,
): unknown {
  check(tail.byteLength === 0, "attachments beside superjson's text")
  if (body.isAtEnd) return new Decoder(body, kinds, references, tail, maxParts).whole()
  check(body.byte() === tag.json, "a value that isn't in superjson's form, as those of this session are")
  const binary = new Writer()
  const nodes = parseSuperjson(body, maxParts)
  const written = encodeWith(writeNode, nodes, noReferences, 'result', binary, { hidesStacks: false, maxParts })
  const numbers = written.references.map(numberOfReference)
  check(new Set(numbers).size === numbers.length, 'a reference that is used twice')
  const found = numbers.map((number) => references[number])
  check(numbers.every((number) => number in references) && found.length === references.length, 'a wrong reference')
  // Its parts are counted, in the text: each name of a field is one there.
  return new Decoder(new Reader(binary.written(0)), kinds, found, tail, Infinity).whole()
}

function tailOf(attachments: readonly Uint8Array[]): Uint8Array {
  const [only] = attachments
  return attachments.length === 1 && only !== undefined ? only : joined(attachments)
}

/** Nodes have them as numbers. */
const noReferences: ReferencePort = {
  accepts: () => false,
  export: () => ({}),
  import: () => undefined,
}
