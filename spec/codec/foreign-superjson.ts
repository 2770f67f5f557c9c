import { SuperJSON } from 'superjson'
import { Box, Wrap } from './any-value.ts'

/**
 * A client that knows nothing of this package but superjson, and what docs/values.md says of the transformers that have
 * names here.
 */
export function foreignSuperjson(): SuperJSON {
  const client = new SuperJSON({ dedupe: true })
  client.registerClass(Box, 'Box')
  for (const [name, deserialize] of Object.entries(transformers)) {
    const isApplicable = (value: unknown): value is never => value === transformers
    client.registerCustom<unknown, never>({ isApplicable, serialize: () => undefined as never, deserialize }, name)
  }
  return client
}

interface WrittenError {
  readonly base: string
  readonly hidden: Record<string, unknown>
  readonly shown: Record<string, unknown>
}

const transformers: Readonly<Record<string, (json: never) => unknown>> = {
  Wrap: (parts: unknown[]) => Wrap.of(parts),
  'referent.bare': (fields: object) => withFields(Object.create(null) as object, fields, true),
  'referent.bigint': (hex: string) => (hex.startsWith('-') ? -BigInt(hex.slice(1)) : BigInt(hex)),
  'referent.bytes': ({ class: name, base64 }: { readonly class: string; readonly base64: string }) => {
    const { buffer } = new Uint8Array(Buffer.from(base64, 'base64'))
    if (name === 'ArrayBuffer') return buffer
    if (name === 'Buffer') return Buffer.from(buffer)
    return Reflect.construct(Reflect.get(globalThis, name) as new (bytes: unknown) => object, [buffer])
  },
  'referent.error': ({ base, hidden, shown }: WrittenError) => {
    const made = Reflect.construct(Reflect.get(globalThis, base) as new (errors: []) => object, [[]])
    for (const key of Reflect.ownKeys(made)) Reflect.deleteProperty(made, key)
    return withFields(withFields(made, hidden, false), shown, true)
  },
  'referent.invalidDate': () => new Date(Number.NaN),
  'referent.sparse': ({ length, items }: { readonly length: number; readonly items: object }) =>
    Object.assign([], items, { length }),
}

function withFields(target: object, fields: object, enumerable: boolean): object {
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true })
  }
  return target
}
