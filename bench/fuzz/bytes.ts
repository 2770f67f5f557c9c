// The forms of docs/protocol.md in which numbers and texts are written, and the tags of values. Nothing of lib/ is used here.

export const tag = {
  null: 0xc0,
  undefined: 0xc1,
  false: 0xc2,
  true: 0xc3,
  integer: 0xc4,
  double: 0xc5,
  text: 0xc6,
  wideText: 0xc7,
  bigint: 0xc8,
  date: 0xc9,
  object: 0xd0,
  bare: 0xd1,
  array: 0xd2,
  integers: 0xd3,
  doubles: 0xd4,
  sparse: 0xd5,
  map: 0xd6,
  set: 0xd7,
  custom: 0xd8,
  error: 0xd9,
  bytes: 0xda,
  attachment: 0xdb,
  superjson: 0xdc,
  reference: 0xdd,
  pointer: 0xde,
  table: 0xdf,
  orderedTable: 0xe0,
  references: 0xe1,
} as const

/** Bytes, or what they are made of: a number is a byte, a text a value, a list its parts. */
export type Part = number | string | Uint8Array | readonly Part[]

export function join(...parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map(piece))
}

function piece(part: Part): Uint8Array {
  if (typeof part === 'number') return Buffer.of(part)
  if (typeof part === 'string') return text(part)
  return part instanceof Uint8Array ? part : Buffer.concat(part.map(piece))
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.of(...bytes, rest)
}

/** One that is beyond 53 bits, longer than it need be, or without an end. */
export const oddVarints: readonly [Buffer, ...Buffer[]] = [
  Buffer.from('ffffffffffffff7f', 'hex'),
  Buffer.from('ffffffffffffffffff01', 'hex'),
  Buffer.from('8000', 'hex'),
  Buffer.from('81808000', 'hex'),
  Buffer.alloc(3000, 0x80),
]

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}

export function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

/** A text with its tag. */
export function text(value: string): Buffer {
  const isLatin1 = Buffer.from(value, 'latin1').toString('latin1') === value
  if (!isLatin1) return join(tag.wideText, varint(value.length), Buffer.from(value, 'utf16le'))
  if (value.length < 32) return join(0x80 + value.length, Buffer.from(value, 'latin1'))
  return join(tag.text, varint(value.length), Buffer.from(value, 'latin1'))
}

/** A number with its tag. */
export function number(value: number): Buffer {
  return Number.isInteger(value) && value >= 0 && value < 128 ? Buffer.of(value) : join(tag.double, double(value))
}

export function array(...items: readonly Part[]): Buffer {
  return arrayOf(items)
}

/** Of any number of items: there may be only so many arguments. */
export function arrayOf(items: readonly Part[]): Buffer {
  return join(tag.array, varint(items.length), items)
}

/** An object of a shape of its own. */
export function object(fields: readonly (readonly [name: string, value: Part])[], kind: number = tag.object): Buffer {
  return join(
    kind,
    shape(fields.map(([name]) => name)),
    fields.map(([, value]) => value),
  )
}

/** A new shape. */
export function shape(names: readonly string[], className = ''): Part {
  return [0, className, varint(names.length), names]
}

export function pointer(index: number): Buffer {
  return join(tag.pointer, varint(index))
}

/** Objects beside each other: their heads, then what they hold. */
export function table(nodes: readonly (readonly [head: Part, contents: Part])[]): Buffer {
  return join(
    tag.table,
    varint(nodes.length),
    nodes.map(([head]) => head),
    nodes.map(([, contents]) => contents),
  )
}
