/**
 * What the first byte of a value says. Below `shortText` it is a whole number from 0 to 127 itself; the 32 bytes from
 * `shortText` on are a text of 0 to 31 characters of one byte each.
 */
export const tag = {
  shortText: 0x80,
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
  /** A whole value as superjson's text. */
  json: 0xe2,
} as const
