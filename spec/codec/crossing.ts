import { createCodec, type Encoded } from '../../lib/codec/codec.ts'
import type { ReferenceDescriptor, ReferencePort } from '../../lib/codec/reference-port.ts'
import type { Body } from '../../lib/wire/message.ts'

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

/** Encodes `value`, sends it as text and bytes, and decodes it again. */
export function cross(value: unknown, port: ReferencePort = new CountingPort(), root = 'result'): unknown {
  const codec = createCodec()
  const encoded = codec.encode(value, port, root)
  return codec.decode(bodyOf(encoded), encoded.attachments, port)
}

/** What a peer reads of a message. */
export function bodyOf(encoded: Encoded): Body {
  return JSON.parse(`{${encoded.text}}`) as Body
}

/** An object with a field named `then`: a promise for whoever awaits it, if that is a function. */
export function thenable(then: unknown): object {
  // oxlint-disable-next-line unicorn/no-thenable -- specs give the codec objects with a `then`, which it must refuse or keep
  return Object.defineProperty({}, 'then', { value: then, enumerable: true, writable: true, configurable: true })
}
