import * as fc from 'fast-check'

const firstSurrogate = 0xd800
const surrogates = 0x800

/**
 * Any code point but halves of surrogate pairs, as a `unit` of `fc.string`. fast-check's own, `binary`, first makes a table
 * of all million of them, for a second.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat({ max: 0x10ffff - surrogates })
  .map((index) => String.fromCodePoint(index < firstSurrogate ? index : index + surrogates), indexOf)

function indexOf(value: unknown): number {
  const code = typeof value === 'string' ? value.codePointAt(0) : undefined
  const isOne = code !== undefined && value === String.fromCodePoint(code)
  if (!isOne || (code >= firstSurrogate && code < firstSurrogate + surrogates)) throw new Error('no character')
  return code < firstSurrogate ? code : code - surrogates
}
