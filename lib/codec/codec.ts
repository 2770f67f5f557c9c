import type { Body } from '../wire/message.ts'
import { decodeGraph } from './decode/graph-decode.ts'
import { parseReferences } from './decode/graph-parse.ts'
import { malformed } from './decode/malformed.ts'
import { encodeGraph, type GraphOptions } from './encode/graph-encode.ts'
import { isPlain, listText, primitiveText } from './plain.ts'
import type { ReferenceDescriptor, ReferencePort } from './reference-port.ts'
import { SuperJSON } from 'superjson'

/** What a value becomes on its way to a peer. */
export interface Encoded {
  /** The members of a `Body` as JSON text, without braces: `"value":[2]`, `"graph":{...}`, or '' for `undefined`. */
  readonly text: string
  /**
   * Raw bytes that travel beside the text, in the order the text refers to them by index. They are copies: the caller
   * may change its arrays at once.
   */
  readonly attachments: readonly Uint8Array[]
  /** What `port.export` described, so that a message which can't be sent gives it back. */
  readonly references: readonly ReferenceDescriptor[]
}

/**
 * Turns any value into a message body and back. A value arrives as it left, with the identity of its objects kept
 * among themselves, or is refused: nothing of it is lost on the way.
 */
export interface Codec {
  /**
   * @param root what error paths start with: 'result', 'item', ...; with 'arguments' the value is the array of
   * arguments, and paths read `argument 0.items[3].fn`
   * @throws ManagerError `UNSERIALIZABLE` with the path, `FRAME_TOO_LARGE`, or what `port.accepts` throws: nothing was taken from the port
   * then. `port.export` must not throw: what it gave before would not be given back
   */
  encode(value: unknown, port: ReferencePort, root: string): Encoded
  /**
   * Takes the attachments: they may become the buffers of the value.
   * @throws ManagerError `PROTOCOL` for a malformed body, `UNSERIALIZABLE` for what can't be read here, such as an
   * instance of a class that isn't registered, and what `port.import` throws. Each reference of a well-formed body is
   * imported all the same
   */
  decode(body: Body, attachments: readonly Uint8Array[], port: ReferencePort): unknown
  /** The references in a body whose value nobody wants. @throws ManagerError `PROTOCOL` for a malformed list of them */
  references(body: Body): readonly ReferenceDescriptor[]
}

export interface CodecOptions {
  /** Errors leave without the lines of their stacks, which name functions and files of this process. */
  readonly hidesStacks?: boolean
  /** The most bytes that the text of a message may have at the moment: a value with more is refused before it is built. */
  readonly maxTextBytes?: () => number
}

/**
 * The codec of every manager that asks for no other: JSON for what JSON keeps exactly, superjson and a table of objects
 * for the rest. It keeps nothing from one message to the next.
 */
export function createCodec({ hidesStacks = false, maxTextBytes = () => Infinity }: CodecOptions = {}): Codec {
  // Never the global instance: what others register there would reach the wire.
  const superjson = new SuperJSON()
  return {
    encode: (value, port, root) =>
      encodeShort(value, root) ??
      encodePlain(value, maxTextBytes()) ??
      encodeRich(value, port, root, superjson, { hidesStacks, maxTextBytes: maxTextBytes() }),
    decode: (body, attachments, port) => {
      if (body.graph === undefined) return body.value
      if (body.value !== undefined) throw malformed('both a value and a graph')
      return decodeGraph(body.graph, attachments, port, superjson)
    },
    references: (body) => (body.graph === undefined ? nothing : parseReferences(body.graph)),
  }
}

const nothing: readonly never[] = Object.freeze([])

/**
 * A primitive, or a few of them as arguments: what most calls carry, in a third of the time of the general way. Of the
 * array of arguments only the items matter, so nothing else of it is looked at.
 */
function encodeShort(value: unknown, root: string): Encoded | undefined {
  const text = root === 'arguments' && Array.isArray(value) ? listText(value) : primitiveText(value)
  return text === undefined ? undefined : { text: `"value":${text}`, attachments: nothing, references: nothing }
}

/** The path of nearly all the rest. Undefined for what JSON alone doesn't keep. */
function encodePlain(value: unknown, maxTextBytes: number): Encoded | undefined {
  if (value === undefined) return { text: '', attachments: nothing, references: nothing }
  try {
    if (!isPlain(value, maxTextBytes)) return undefined
    return { text: `"value":${JSON.stringify(value)}`, attachments: nothing, references: nothing }
  } catch {
    // The other path meets the same trap or limit, and tells where.
    return undefined
  }
}

function encodeRich(
  value: unknown,
  port: ReferencePort,
  root: string,
  superjson: SuperJSON,
  options: GraphOptions,
): Encoded {
  const { text, attachments, references } = encodeGraph(value, port, root, superjson, options)
  return { text: `"graph":${text}`, attachments, references }
}
