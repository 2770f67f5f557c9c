import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { tag } from '../../lib/wire/tags.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { anyCharacter } from '../harness/characters.ts'
import { varint } from './frames.ts'

const runs = { seed: 1, numRuns: 1000 }

const anyNumber = fc.oneof(fc.maxSafeNat(), fc.nat(), fc.nat({ max: 300 }), fc.constantFrom(...edges()))
const anyText = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 60 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 60 }),
  // Halves of characters too.
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 60 }),
  fc.string({ unit: 'binary-ascii', minLength: 100, maxLength: 9000 }),
)

/** How each sort of value is written, read and compared. */
const sorts = {
  byte: sort(
    fc.integer({ min: 0, max: 255 }),
    (writer, value) => writer.byte(value),
    (reader) => reader.byte(),
  ),
  varint: sort(
    anyNumber,
    (writer, value) => writer.varint(value),
    (reader) => reader.varint(),
  ),
  word: sort(
    fc.integer({ min: 0, max: 0xffff_ffff }),
    (writer, value) => writer.word(value),
    (reader) => reader.word(),
  ),
  integer: sort(
    fc.integer(),
    (writer, value) => writer.word(value),
    (reader) => reader.integer(),
  ),
  double: sort(
    fc.double(),
    (writer, value) => writer.double(value),
    (reader) => reader.double(),
  ),
  name: sort(
    anyText,
    (writer, value) => writer.text(value),
    (reader) => reader.name(),
  ),
  text: sort(
    anyText,
    (writer, value) => writer.text(value),
    (reader) => reader.text(),
  ),
}
const anyValue = fc.oneof(...Object.values(sorts))

describe('bytes that are written', () => {
  it('are read as what was written, one after the other', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 60 }), (values) => {
        const writer = new Writer(16)
        for (const { write } of values) write(writer)
        const reader = readerOf(writer)
        for (const { value, read } of values) assert.ok(Object.is(read(reader), value), String(value))
        assert.ok(reader.isAtEnd)
      }),
      runs,
    )
  })

  for (const [name, ofSort] of Object.entries(sorts)) {
    it(`are refused where they break off: ${name}`, () => {
      fc.assert(
        fc.property(ofSort, fc.nat(), ({ write, read }, cut) => {
          const writer = new Writer()
          write(writer)
          const bytes = writer.bytes.subarray(0, cut % writer.position)
          assert.throws(() => read(new Reader(bytes)), { code: 'PROTOCOL' })
        }),
        runs,
      )
    })
  }

  it('are read within their bounds only', () => {
    const bytes = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const read of [
      (reader: Reader) => reader.word(),
      (reader: Reader) => reader.double(),
      (reader: Reader) => reader.raw(4),
      (reader: Reader) => reader.utf8(4),
      (reader: Reader) => reader.part(4),
      (reader: Reader) => [reader.byte(), reader.byte(), reader.byte(), reader.byte()],
    ])
      assert.throws(() => read(new Reader(bytes, 1, 4)), { code: 'PROTOCOL' })
    const reader = new Reader(bytes, 1, 7)
    const part = reader.part(2)
    assert.deepEqual([part.byte(), part.byte(), part.isAtEnd, reader.byte()], [2, 3, true, 4])
    const rest = reader.rest()
    assert.deepEqual([rest.raw(3), rest.isAtEnd, reader.isAtEnd], [Uint8Array.of(5, 6, 7), true, false])
  })

  it('are given as a copy in a buffer of its own', () => {
    const bytes = Buffer.from([1, 2, 3])
    const copy = new Reader(bytes).raw(2)
    bytes.fill(0)
    assert.deepEqual([[...copy], copy.buffer.byteLength], [[1, 2], 2])
  })
})

describe('a number', () => {
  it('takes seven bits of each byte, the lowest first', () => {
    for (const value of edges())
      assert.deepEqual(
        bytesOf((writer) => writer.varint(value)),
        [...varint(value)],
      )
  })

  it('is refused above 2^53 - 1', () => {
    for (const value of [2 ** 53, 2 ** 54, 2 ** 60, 2 ** 63, 2 ** 64, 2 ** 80])
      assert.throws(() => new Reader(varint(value)).varint(), { code: 'PROTOCOL', message: /over 53 bits/ })
    const endless = new Reader(Buffer.alloc(1000, 0x80))
    assert.throws(() => endless.varint(), { code: 'PROTOCOL' })
    assert.ok(endless.position < 12)
  })

  it('is refused where it takes more bytes than it must', () => {
    for (const value of edges()) {
      const bytes = varint(value)
      bytes[bytes.byteLength - 1] = (bytes.at(-1) ?? 0) | 0x80
      assert.throws(() => new Reader(Buffer.concat([bytes, Buffer.of(0)])).varint(), { code: 'PROTOCOL' })
    }
  })

  it('of fixed size and a double are little-endian', () => {
    assert.deepEqual(
      bytesOf((writer) => writer.word(0x0403_0201)),
      [1, 2, 3, 4],
    )
    const expected = Buffer.alloc(8)
    expected.writeDoubleLE(-1.5)
    assert.deepEqual(
      bytesOf((writer) => writer.double(-1.5)),
      [...expected],
    )
    assert.ok(Object.is(new Reader(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0x80])).double(), -0))
  })
})

describe('a text', () => {
  it('takes a byte for each character where it can, and two otherwise', () => {
    for (const [text, size] of [
      ['', 1],
      ['abc', 4],
      ['é'.repeat(23), 24],
      ['é'.repeat(100), 102],
      ['x'.repeat(200), 203],
      ['€', 4],
      ['\ud800', 4],
      [`${'x'.repeat(99)}€`, 202],
    ] as const)
      assert.equal(bytesOf((writer) => writer.text(text)).length, size, text)
  })

  it('may be short with any of the tags', () => {
    const short = [tag.shortText | 31, ...Buffer.alloc(31, 'a')]
    for (const bytes of [
      short,
      [tag.text, 31, ...short.slice(1)],
      [tag.wideText, 31, ...Buffer.from('a'.repeat(31), 'utf16le')],
    ])
      assert.equal(new Reader(Buffer.from(bytes)).text(), 'a'.repeat(31))
  })

  it('is read the same however many there are', () => {
    const texts = Array.from({ length: 5000 }, (_, index) => String(index))
    const writer = new Writer()
    for (const text of texts) writer.text(text)
    const reader = readerOf(writer)
    assert.deepEqual(
      texts.map(() => reader.text()),
      texts,
    )
  })

  it('is found again where it is a name, and never taken for another one', () => {
    const letters = 'abcdefgh'.split('')
    const names = letters.flatMap((first) =>
      letters.flatMap((second) => letters.map((third) => first + second + third)),
    )
    const writer = new Writer()
    for (const name of [...names, ...names, ...names.toReversed()]) writer.text(name)
    const reader = readerOf(writer)
    for (const name of [...names, ...names, ...names.toReversed()]) assert.equal(reader.name(), name)
    assert.ok(reader.isAtEnd)
  })

  it('is no name that goes on beyond the bounds', () => {
    const bytes = Buffer.from([tag.shortText | 3, ...Buffer.from('abc')])
    assert.equal(new Reader(bytes).name(), 'abc')
    for (const end of [0, 1, 2, 3]) assert.throws(() => new Reader(bytes, 0, end).name(), { code: 'PROTOCOL' })
  })

  it('is refused with no tag of one', () => {
    for (const first of [0, 0x7f, 0xa0, tag.null, tag.array, tag.reference])
      for (const read of [(reader: Reader) => reader.text(), (reader: Reader) => reader.name()])
        assert.throws(() => read(new Reader(Buffer.alloc(40, first))), { code: 'PROTOCOL', message: /text must be/ })
  })

  it('is refused where it is longer than its bytes, however long it says it is', () => {
    for (const first of [tag.text, tag.wideText])
      for (const length of [2, 2 ** 31, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
        const bytes = Buffer.concat([Buffer.of(first), varint(length), Buffer.of(0)])
        assert.throws(() => new Reader(bytes).text(), { code: 'PROTOCOL' })
      }
  })
})

describe('a writer', () => {
  it('writes nothing beyond its limit, and goes on after what was dropped', () => {
    const writes: readonly ((writer: Writer) => void)[] = [
      (writer) => writer.word(1),
      (writer) => writer.double(1),
      (writer) => writer.raw(new Uint8Array(4)),
      (writer) => writer.utf8('four'),
      (writer) => writer.text('four'),
      (writer) => writer.text('x'.repeat(100)),
      (writer) => writer.text('€'.repeat(50)),
    ]
    for (const write of writes) {
      const writer = new Writer()
      writer.byte(7)
      writer.limit = 4
      assert.throws(() => write(writer), { code: 'FRAME_TOO_LARGE' })
      writer.truncate(1)
      writer.limit = Infinity
      write(writer)
      assert.equal(writer.bytes[0], 7)
    }
  })

  it('keeps what a list of integers runs while it is read from writing over it', () => {
    const writer = new Writer(16)
    const integers = Array.from({ length: 100 }, (_, index) => index)
    const busy = new Proxy(integers, {
      get(target, key) {
        const { position } = writer
        writer.text('another message'.repeat(20))
        writer.truncate(position)
        return Reflect.get(target, key) as unknown
      },
    })
    writer.words(busy)
    const reader = new Reader(writer.written(0))
    assert.deepEqual(
      integers.map(() => reader.integer()),
      integers,
    )
    assert.ok(reader.isAtEnd)
  })

  it('gives the memory of a long message back', () => {
    const writer = new Writer()
    writer.raw(new Uint8Array(2 ** 21))
    writer.truncate(0)
    assert.ok(writer.bytes.byteLength < 2 ** 17)
  })
})

describe('a reader', () => {
  it('meets nothing but a ManagerError, whatever the bytes are', () => {
    const reads = Object.values(sorts).map((ofSort) => ofSort.map(({ read }) => read))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.oneof(...reads), { maxLength: 20 }), (bytes, all) => {
        const reader = new Reader(bytes)
        try {
          for (const read of all) read(reader)
        } catch (error) {
          assert.ok(isManagerError(error, 'PROTOCOL'), String(error))
        }
        assert.ok(reader.position <= bytes.byteLength)
      }),
      runs,
    )
  })
})

interface Value {
  readonly value: unknown
  readonly write: (writer: Writer) => void
  readonly read: (reader: Reader) => unknown
}

function sort<T>(
  values: fc.Arbitrary<T>,
  write: (writer: Writer, value: T) => void,
  read: (reader: Reader) => T,
): fc.Arbitrary<Value> {
  return values.map((value) => ({ value, write: (writer) => write(writer, value), read }))
}

/** Numbers next to where one more byte is needed. */
function edges(): number[] {
  const powers = [7, 14, 21, 28, 31, 32, 35, 42, 49].map((bits) => 2 ** bits)
  return [0, 1, ...powers.flatMap((power) => [power - 1, power]), Number.MAX_SAFE_INTEGER]
}

function bytesOf(write: (writer: Writer) => void): number[] {
  const writer = new Writer(1)
  write(writer)
  return [...writer.bytes.subarray(0, writer.position)]
}

function readerOf({ bytes, position }: Writer): Reader {
  return new Reader(bytes, 0, position)
}
