import { bufferOver, bufferPrototype } from '../platform/node.ts'
import { tag } from '../wire/tags.ts'
import { check } from './check.ts'
import { hasSlots, type Kind } from './kind.ts'
import { maxInlineBytes } from './limits.ts'
import { type Path, refuse, refuseExtra } from './path.ts'

/** A way in which bytes can be seen. */
interface Form {
  readonly name: string
  readonly prototype: object
  readonly elementBytes: number
  make(bytes: ArrayBuffer): object
}

interface ViewClass {
  readonly BYTES_PER_ELEMENT: number
  readonly prototype: object
  new (buffer: ArrayBuffer): object
}

/** By the number that travels. `Float16Array` is one of Node 24 and later only. */
const forms: readonly (Form | undefined)[] = [
  { name: 'ArrayBuffer', prototype: ArrayBuffer.prototype, elementBytes: 1, make: (bytes) => bytes },
  { name: 'DataView', prototype: DataView.prototype, elementBytes: 1, make: (bytes) => new DataView(bytes) },
  bufferForm(),
  ...[
    'Uint8Array',
    'Int8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array',
    'Float16Array',
  ].map(viewForm),
]

const numbers: ReadonlyMap<unknown, number> = new Map(
  forms.flatMap((form, number) => (form === undefined ? [] : [[form.prototype, number] as const])),
)

/** Byte arrays, short enough to be written among all else. */
export const bytes: Kind = {
  tag: tag.bytes,
  prototypes: forms.flatMap((form) => (form === undefined ? [] : [form.prototype])),
  write(value, encoder, path) {
    if (!isBytes(value)) return false
    refuseExtraOfBytes(value, path)
    const buffer = value instanceof ArrayBuffer ? value : value.buffer
    if (!(buffer instanceof ArrayBuffer))
      refuse(path, "shared memory can't cross to another process; send a copy: slice()")
    if (Reflect.get(value, 'resizable') === true) refuse(path, "a resizable buffer can't cross; send a copy: slice()")
    const window = windowOf(value)
    const isInline = window.byteLength <= maxInlineBytes
    encoder.head.byte(isInline ? tag.bytes : tag.attachment)
    encoder.head.byte(numbers.get(Object.getPrototypeOf(value)) ?? 0)
    encoder.head.varint(window.byteLength)
    if (isInline) encoder.head.raw(window)
    else encoder.attachments.push(window)
    return true
  },
  open({ reader }) {
    const form = formOf(reader.byte())
    const byteLength = reader.count()
    return { value: made(form, byteLength, () => reader.raw(byteLength)) }
  },
}

/** Byte arrays that travel beside the message. */
export const attachments: Kind = {
  tag: tag.attachment,
  write: () => false,
  open(decoder) {
    const form = formOf(decoder.reader.byte())
    const byteLength = decoder.reader.varint()
    return { value: made(form, byteLength, () => decoder.nextAttachment(byteLength)) }
  },
}

/** A view of a bigger buffer shows its window only. */
function windowOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

function isBytes(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || hasSlots(() => Reflect.get(ArrayBuffer.prototype, 'byteLength', value))
}

/** Listing the properties of a typed array lists its elements, so long ones are looked at for symbols only. */
const maxListedElements = 1_024

function refuseExtraOfBytes(value: ArrayBuffer | ArrayBufferView, path: Path): void {
  const length = ArrayBuffer.isView(value) && 'length' in value ? Number(value.length) : 0
  const keys = length > maxListedElements ? Object.getOwnPropertySymbols(value) : Reflect.ownKeys(value).slice(length)
  refuseExtra(keys[0], path)
}

/** What the class is called whose form has this number. @throws ManagerError `PROTOCOL` */
export function nameOfForm(number: number): string {
  return formOf(number).name
}

/** The number of the form of the class that is called so; -1 where there is none. */
export function formNamed(name: unknown): number {
  return forms.findIndex((form) => form?.name === name)
}

function formOf(number: number): Form {
  const form = forms[number]
  check(form !== undefined, 'bytes of a form that is not known here')
  return form
}

/** @param take returns the bytes in a buffer of their own */
function made(form: Form, byteLength: number, take: () => Uint8Array): object {
  check(byteLength % form.elementBytes === 0, 'bytes that are no whole number of elements')
  return form.make(take().buffer as ArrayBuffer)
}

function viewForm(name: string): Form | undefined {
  const View: unknown = Reflect.get(globalThis, name)
  if (!isViewClass(View)) return undefined
  return { name, prototype: View.prototype, elementBytes: View.BYTES_PER_ELEMENT, make: (buffer) => new View(buffer) }
}

function bufferForm(): Form {
  return { name: 'Buffer', prototype: bufferPrototype, elementBytes: 1, make: bufferOver }
}

function isViewClass(found: unknown): found is ViewClass {
  return typeof found === 'function' && 'BYTES_PER_ELEMENT' in found
}
