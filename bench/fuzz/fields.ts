import { join, varint } from './bytes.ts'

/** The fields of a message in order: the byte of its kind, its flags if it has some, ... */
export type Fields = readonly (readonly [name: string, bytes: Buffer])[]

/** What a message carries beside its fields. */
export interface Body {
  readonly bytes: Buffer
  readonly tail: Buffer
}

export const noBody: Body = bodyOf(Buffer.alloc(0))

export function bodyOf(bytes: Buffer, tail: Buffer = Buffer.alloc(0)): Body {
  return { bytes, tail }
}

const codes = {
  call: 1,
  get: 2,
  assign: 3,
  snapshot: 4,
  result: 5,
  error: 6,
  cancel: 7,
  confirm: 8,
  release: 9,
  pin: 10,
  pull: 11,
  item: 12,
  end: 13,
  fail: 14,
  stop: 15,
  ping: 16,
  pong: 17,
  goodbye: 18,
} as const

export type Kind = keyof typeof codes

/** The flags of requests that say of a field that it is there, in the order of the fields. */
export const flagOf = { signalAt: 1, within: 2, chain: 4, timeoutMs: 8, traceparent: 16, tracestate: 32 } as const

export function kind(name: Kind): Fields[number] {
  return ['kind', Buffer.of(codes[name])]
}

export function flags(value: number): Fields[number] {
  return ['flags', Buffer.of(value)]
}

export function whole(name: string, value: number): Fields[number] {
  return [name, varint(value)]
}

export function textField(name: string, bytes: Buffer): Fields[number] {
  return [name, bytes]
}

export function messageOf(fields: Fields, body: Body = noBody): Buffer {
  return join(...fields.map(([, bytes]) => bytes), body.bytes)
}
