import { type Codec, createCodec, type Encoded } from '../../lib/codec/codec.ts'
import type { ReferenceDescriptor, ReferencePort } from '../../lib/codec/reference-port.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { Writer } from '../../lib/wire/writer.ts'

/** The other end of a codec: takes the objects it is told to, and counts. */
export class CountingPort implements ReferencePort {
  readonly exported: object[] = []
  readonly imported: unknown[] = []
  readonly #shared: Set<object>

  constructor(...shared: object[]) {
    this.#shared = new Set(shared)
  }

  accepts(value: object): boolean {
    return this.#shared.has(value)
  }

  export(value: object): ReferenceDescriptor {
    return { shared: this.exported.push(value) - 1 }
  }

  import(descriptor: ReferenceDescriptor): unknown {
    const value = this.exported.find((_, index) => index === descriptor['shared'])
    this.imported.push(value)
    return value
  }
}

/** A value as it is sent: the bytes of its body, and what goes beside the message. */
export interface Sent extends Encoded {
  readonly body: Uint8Array
}

/** Encodes `value` as the body of a message. */
export function encode(
  value: unknown,
  port: ReferencePort = new CountingPort(),
  root = 'result',
  codec: Codec = createCodec(),
): Sent {
  const writer = new Writer()
  const encoded = codec.encode(value, port, root, writer)
  return { ...encoded, body: new Uint8Array(writer.written(0)) }
}

/** Decodes a body. @param attachments what came beside the message, one after the other */
export function decode(
  body: Uint8Array,
  attachments: readonly Uint8Array[] = [],
  port: ReferencePort = new CountingPort(),
  codec: Codec = createCodec(),
): unknown {
  return codec.decode(new Reader(body), new Uint8Array(Buffer.concat(attachments)), port)
}

/** A part of a body: a byte, a text with its tag, bytes, or a number as a varint. */
export type Part = number | string | Uint8Array | { readonly varint: number }

/** The bytes of a body: numbers are bytes, texts have their tags. */
export function bodyOf(...parts: readonly Part[]): Uint8Array {
  const writer = new Writer(64)
  for (const part of parts) {
    if (typeof part === 'number') writer.byte(part)
    else if (typeof part === 'string') writer.text(part)
    else if (part instanceof Uint8Array) writer.raw(part)
    else writer.varint(part.varint)
  }
  return new Uint8Array(writer.written(0))
}

/** Encodes `value`, sends it as bytes, and decodes it again. */
export function cross(value: unknown, port: ReferencePort = new CountingPort(), root = 'result'): unknown {
  const { body, attachments } = encode(value, port, root)
  return decode(body, attachments, port)
}

/** An object with a field named `then`: a promise for whoever awaits it, if that is a function. */
export function thenable(then: unknown): object {
  // oxlint-disable-next-line unicorn/no-thenable -- specs give the codec objects with a `then`, which it must refuse or keep
  return Object.defineProperty({}, 'then', { value: then, enumerable: true, writable: true, configurable: true })
}
