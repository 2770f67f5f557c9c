import type { Dice } from './dice.ts'

// Values as JSON text, as in descriptors: keys that are there twice, numbers that are none.

/** Names that mean something to JavaScript, or look as if. */
export const oddNames = [
  '__proto__',
  'constructor',
  'prototype',
  'then',
  'toJSON',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '#value',
  '',
  '0',
  'length',
  'hidden',
  '\u0000',
  '\u202Egnp.exe',
  '\uD800',
  'a'.repeat(5000),
] as const

const oddNumbers = [
  '-1',
  '0.5',
  '-0',
  '1e308',
  '1e999',
  '-1e999',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740993',
  '2147483648',
  '123456789012345678901234567890',
] as const

const oddTexts = [
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"👩‍👩‍👧‍👦"',
  '"\u2028\u2029"',
  '"ﷺ"',
  '"İ"',
  '"a\\nb\\u001b[2J"',
  '"__proto__"',
  '"NaN"',
  '"[object Object]"',
] as const

/** What any program may send. */
function plainText(dice: Dice, depth = 0): string {
  switch (dice.below(depth > 3 ? 5 : 7)) {
    case 0:
      return String(dice.below(1000))
    case 1:
      return JSON.stringify(`text ${dice.below(1000)}`)
    case 2:
      return dice.of(['true', 'false', 'null'])
    case 3:
      return String(dice.below(1_000_000) / 7)
    case 4:
      return dice.of(oddTexts)
    case 5:
      return `[${repeat(dice.below(5), () => plainText(dice, depth + 1)).join()}]`
    default:
      return `{${repeat(dice.below(5), (index) => `"k${index}":${plainText(dice, depth + 1)}`).join()}}`
  }
}

/** What no field of a message should hold, most of the time. */
export function oddText(dice: Dice): string {
  switch (dice.below(9)) {
    case 0:
    case 1:
      return dice.of(oddNumbers)
    case 2:
      return dice.of(oddTexts)
    case 3:
      return dice.of(['null', 'true', 'false', '[]', '{}', '[[]]', '[null]', '[0]', '[-1]'])
    case 4:
      return JSON.stringify(dice.of(oddNames))
    case 5:
      return `{${JSON.stringify(dice.of(oddNames))}:${plainText(dice)},"a":1,"a":2}`
    case 6:
      return `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`
    case 7:
      return nested(dice.between(1, 400), plainText(dice))
    default:
      return plainText(dice)
  }
}

export function nested(depth: number, inner: string): string {
  return '['.repeat(depth) + inner + ']'.repeat(depth)
}

export function repeat<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
