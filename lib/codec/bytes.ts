/** A way in which bytes can be seen, under the name that travels. */
interface BytesForm {
  readonly elementBytes: number
  make(bytes: ArrayBuffer): object
}

interface ViewClass {
  readonly BYTES_PER_ELEMENT: number
  readonly prototype: object
  new (buffer: ArrayBuffer): object
}

/** The typed arrays of this engine. `Float16Array` is one of Node 24 and later only. */
const viewClasses: ReadonlyMap<string, ViewClass> = new Map(
  [
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float16Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array',
  ].flatMap((name): [string, ViewClass][] => {
    const found: unknown = Reflect.get(globalThis, name)
    return isViewClass(found) ? [[name, found]] : []
  }),
)

const forms: ReadonlyMap<unknown, BytesForm> = new Map([
  ...[...viewClasses].map(([name, View]): [string, BytesForm] => [
    name,
    { elementBytes: View.BYTES_PER_ELEMENT, make: (bytes) => new View(bytes) },
  ]),
  ['ArrayBuffer', { elementBytes: 1, make: (bytes) => bytes }],
  ['DataView', { elementBytes: 1, make: (bytes) => new DataView(bytes) }],
  // Where there is no Buffer, a Uint8Array holds the same bytes.
  ['Buffer', { elementBytes: 1, make: (bytes) => (hasBuffer() ? Buffer.from(bytes) : new Uint8Array(bytes)) }],
])

/** By the prototype of an object, the form its bytes travel in. */
export const bytesForms: ReadonlyMap<object, string> = new Map([
  ...[...viewClasses].map(([name, View]): [object, string] => [View.prototype, name]),
  [ArrayBuffer.prototype, 'ArrayBuffer'],
  [DataView.prototype, 'DataView'],
  ...(hasBuffer() ? [[Buffer.prototype, 'Buffer'] satisfies [object, string]] : []),
])

/** A copy of what the view or buffer shows: a view of a bigger buffer gives its window only. */
export function copyBytes(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  // The constructor of a typed array copies another one; slice() of a Buffer would not.
  if (value instanceof ArrayBuffer) return new Uint8Array(new Uint8Array(value))
  return new Uint8Array(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
}

/** The bytes in that form, aligned and in a buffer of their own: that of `bytes` where it holds nothing else, else a copy. */
export function makeBytes(form: string, bytes: Uint8Array): unknown {
  const isAlone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return forms.get(form)?.make(isAlone ? bytes.buffer : new Uint8Array(bytes).buffer)
}

export function isBytesForm(raw: unknown): raw is string {
  return forms.has(raw)
}

/** Whether the bytes are a whole number of elements. */
export function isWhole(form: string, bytes: Uint8Array): boolean {
  const found = forms.get(form)
  return found !== undefined && bytes.length % found.elementBytes === 0
}

function hasBuffer(): boolean {
  return typeof Buffer === 'function'
}

function isViewClass(found: unknown): found is ViewClass {
  return typeof found === 'function' && 'BYTES_PER_ELEMENT' in found
}
