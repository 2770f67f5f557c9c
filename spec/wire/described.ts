import { registerClass, registerCustom } from '../../lib/codec/classes.ts'
import type { ReferenceDescriptor, ReferencePort } from '../../lib/codec/reference-port.ts'

// Values as the test vectors in spec/fixtures/wire describe them in JSON: see the README.md there.

/** The class and the transformer that the vectors know. */
export class Point {
  x = 0
  y = 0
}
export class Fraction {
  readonly parts: readonly unknown[]
  constructor(parts: readonly unknown[]) {
    this.parts = parts
  }
}
registerClass(Point)
registerCustom<Fraction, readonly unknown[]>({
  name: 'Fraction',
  isApplicable: (value): value is Fraction => value instanceof Fraction,
  serialize: ({ parts }) => parts,
  deserialize: (parts) => new Fraction(parts),
})

/** Stands for a value that crosses by reference. */
class StandIn {
  readonly descriptor: ReferenceDescriptor
  constructor(descriptor: ReferenceDescriptor) {
    this.descriptor = descriptor
  }
}

/** Exports and imports what stands for values. */
export const standInPort: ReferencePort = {
  accepts: (value) => value instanceof StandIn,
  export: (value) => (value as StandIn).descriptor,
  import: (descriptor) => new StandIn(descriptor),
}

type Described = Readonly<Record<string, unknown>>
type Pairs = readonly (readonly [name: string, description: unknown])[]

/** The value that a description stands for. */
export function valueOf(description: unknown): unknown {
  const labelled = new Map<unknown, unknown>()
  return made(description)

  function made(part: unknown): unknown {
    if (Array.isArray(part)) return part.map(made)
    if (typeof part !== 'object' || part === null) return part
    const fields = part as Described
    const known = labelled.get(fields['is'])
    if (known !== undefined) return known
    const [value, fill] = opened(fields)
    if (fields['is'] !== undefined) labelled.set(fields['is'], value)
    fill?.()
    return value
  }

  /** A value that is still empty, and what fills it. */
  function opened(part: Described): readonly [value: unknown, fill?: () => void] {
    const kind = Object.keys(part).find((key) => key !== 'is')
    const content = part[kind ?? '']
    switch (kind) {
      case 'undefined':
        return [undefined]
      case 'number':
        return [Number(content)]
      case 'bigint':
        return [BigInt(content as string)]
      case 'date':
        return [new Date(Number(content))]
      case 'array': {
        const array: unknown[] = []
        return [array, () => array.push(...(content as unknown[]).map(made))]
      }
      case 'sparse': {
        const array = Array.from({ length: 0 })
        array.length = content as number
        return [array, () => (part['items'] as [number, unknown][]).forEach(([at, item]) => (array[at] = made(item)))]
      }
      case 'object':
        return filled({}, content)
      case 'bare':
        return filled(Object.create(null) as object, content)
      case 'instance':
        return filled(Object.create(Point.prototype) as object, part['fields'])
      case 'map': {
        const map = new Map<unknown, unknown>()
        return [map, () => (content as Pairs).forEach(([key, item]) => map.set(made(key), made(item)))]
      }
      case 'set': {
        const set = new Set<unknown>()
        return [set, () => (content as unknown[]).forEach((item) => set.add(made(item)))]
      }
      case 'error':
        return error(part)
      case 'custom':
        return [new Fraction(made(part['value']) as readonly unknown[])]
      case 'bytes':
        return [bytes(content as string, Buffer.from(part['hex'] as string, 'hex'))]
      case 'regexp': {
        const end = (content as string).lastIndexOf('/')
        return [new RegExp((content as string).slice(1, end), (content as string).slice(end + 1))]
      }
      case 'url':
        return [new URL(content as string)]
      case 'reference':
        return [new StandIn(content as ReferenceDescriptor)]
      default:
        throw new Error(`no description: ${JSON.stringify(part)}`)
    }
  }

  function filled(target: object, fields: unknown): readonly [object, () => void] {
    return [target, () => (fields as Pairs).forEach(([name, item]) => define(target, name, made(item), true))]
  }

  function error(part: Described): readonly [object, () => void] {
    const fields = part['fields'] as Pairs
    const hidden = part['hidden'] as number
    if (part['error'] === 'DOMException') {
      const [name, message] = fields.map(([, value]) => value as string)
      return [withoutStack(new DOMException(message, name)), () => undefined]
    }
    const Base = Reflect.get(globalThis, part['error'] as string) as ErrorConstructor
    const value = withoutStack(Reflect.construct(Base, part['error'] === 'AggregateError' ? [[]] : []) as Error)
    return [value, () => fields.forEach(([name, item], at) => define(value, name, made(item), at >= hidden))]
  }
}

function withoutStack(error: Error): Error {
  Reflect.deleteProperty(error, 'stack')
  return error
}

function define(target: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true })
}

function bytes(form: string, content: Buffer): object {
  const { buffer } = new Uint8Array(content)
  if (form === 'ArrayBuffer') return buffer
  if (form === 'Buffer') return Buffer.from(buffer)
  const View = Reflect.get(globalThis, form) as new (buffer: ArrayBuffer) => object
  return new View(buffer)
}
