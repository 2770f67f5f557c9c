import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { FrameReader } from '../../lib/wire/frame.ts'
import { FrameWriter, refuseTooLarge } from '../../lib/wire/frame-writer.ts'
import { handshakeLimits, type Limits, withLimits } from '../../lib/wire/limits.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { collectGarbage, settledBytes } from '../harness/garbage.ts'
import { frameOf, framesIn, textFrame, words } from './frames.ts'

const limits = withLimits({})
const small: Limits = { maxFrameBytes: 64, maxTextBytes: 48, maxParts: 16 }
const mebibyte = 2 ** 20

/** A message as its reader is given it. */
interface Received {
  readonly message: number[]
  readonly tail: number[]
}

const anyBytes = fc.uint8Array({ maxLength: 300 })
const anyFrame = fc.oneof(
  fc.record({ messages: fc.array(anyBytes, { maxLength: 4 }), tail: fc.constant(new Uint8Array()) }),
  fc.record({ messages: fc.array(anyBytes, { minLength: 1, maxLength: 1 }), tail: anyBytes }),
)
const anyCut = fc.infiniteStream(fc.integer({ min: 1, max: 40 }))

describe('a frame', () => {
  it('arrives as it was sent, however the bytes of a sequence of frames are cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), anyCut, (frames, sizes) => {
        const bytes = Buffer.concat(frames.map(({ messages, tail }) => frameOf(messages, tail)))
        const sent = frames.flatMap(({ messages, tail }) => messages.map((message) => plain(message, tail)))
        assert.deepEqual(read(cut(bytes, sizes)), sent)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('arrives as it was sent where its bytes are put where the reader wants them', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), anyCut, (frames, sizes) => {
        const bytes = Buffer.concat(frames.map(({ messages, tail }) => frameOf(messages, tail)))
        const sent = frames.flatMap(({ messages, tail }) => messages.map((message) => plain(message, tail)))
        assert.deepEqual(readInPlace(bytes, sizes).received, sent)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('is read to where it stays but for its first quarter', () => {
    for (const frame of [frameOf([new Uint8Array(100_000)]), frameOf([new Uint8Array(50)], new Uint8Array(100_000))]) {
      const { received, placedBytes } = readInPlace(frame, Array<number>(1000).fill(1000))
      assert.equal(received.length, 1)
      assert.ok(placedBytes > 70_000, `${placedBytes} bytes`)
    }
  })

  it('arrives when each of its bytes arrives alone', () => {
    const bytes = textFrame(['call'], Uint8Array.of(1, 2, 3))
    assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte))), [
      plain(Buffer.from('call'), Uint8Array.of(1, 2, 3)),
    ])
  })

  it('takes few times the memory of its bytes while these arrive alone', async () => {
    const reader = new FrameReader(limits)
    reader.push(words(mebibyte, mebibyte - 4))
    const beforeBytes = await settledBytes()
    for (let left = 100_000; left > 0; left--) {
      reader.push(new Uint8Array(1))
      assert.equal(reader.next(), undefined)
    }
    const kept = (await settledBytes()) - beforeBytes
    assert.ok(kept < 4 * mebibyte, `${kept} bytes`)
    assert.equal(reader.next(), undefined)
  })

  it('is laid out as length, length of the messages, messages with their lengths, and tail, little-endian', () => {
    assert.deepEqual([...written(['é', 'abc'])], [11, 0, 0, 0, 7, 0, 0, 0, 2, 0xc3, 0xa9, 3, 0x61, 0x62, 0x63])
    const long = writtenBytes([new Uint8Array(201).fill(7)], 300)
    assert.deepEqual([...long.subarray(0, 11)], [0xfb, 1, 0, 0, 203, 0, 0, 0, 0xc9, 1, 7])
  })

  it('is written as it is laid out, with messages of any lengths', () => {
    const anyMessages = fc.array(fc.oneof(anyBytes, fc.uint8Array({ minLength: 100, maxLength: 20_000 })), {
      minLength: 1,
      maxLength: 40,
    })
    const writer = new FrameWriter()
    fc.assert(
      fc.property(anyMessages, (messages) => {
        assert.ok(writtenBytes(messages, 0, writer).equals(frameOf(messages)))
        assert.equal(writer.byteLength, 0)
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('has a copy of what was in the writer, from where the message starts there', () => {
    const writer = new Writer()
    const frame = new FrameWriter()
    for (const text of ['first', 'second']) {
      const start = writer.position
      writer.utf8(text)
      frame.add(writer, start)
    }
    writer.truncate(0)
    writer.utf8('another')
    assert.deepEqual(textsOf(frame.take()), ['first', 'second'])
  })

  it('gives its receiver a tail in a buffer of its own, with nothing else in it, once', () => {
    for (const size of [1, 7, 1000]) {
      const reader = new FrameReader(limits)
      reader.push(Buffer.concat([textFrame(['a'], new Uint8Array(size)), textFrame(['b', 'c'])]))
      const tails = ['a', 'b', 'c'].map(() => [reader.next(), reader.takeTail()] as const)
      assert.deepEqual(
        tails.map(([, tail]) => tail.byteLength),
        [size, 0, 0],
      )
      assert.equal(tails[0]?.[1].buffer.byteLength, size)
      assert.equal(reader.takeTail().byteLength, 0)
    }
  })

  it('is not copied where it arrives in one chunk, except for its tail', () => {
    const chunk = textFrame(['one', 'two'])
    const reader = new FrameReader(limits)
    reader.push(chunk)
    for (const start of [9, 13]) {
      const message = reader.next() ?? assert.fail()
      assert.equal(message.bytes, chunk)
      assert.deepEqual([message.position, message.end], [start, start + 3])
    }
  })
})

describe('a message that is too large to send', () => {
  it('is refused with its size, the limit and the option', () => {
    assert.doesNotThrow(() => refuseTooLarge(39, 0, small))
    assert.throws(() => refuseTooLarge(40, 0, small), {
      code: 'FRAME_TOO_LARGE',
      message: /49 bytes beside its byte arrays.* maxTextBytes \(48\)/,
    })
    assert.doesNotThrow(() => refuseTooLarge(39, 16, small))
    assert.throws(() => refuseTooLarge(39, 17, small), {
      code: 'FRAME_TOO_LARGE',
      message: /65 bytes .* maxFrameBytes \(64\)/,
    })
  })

  it('is one that its receiver would not take, and no other', () => {
    const within: Limits = { ...small, maxFrameBytes: 20_000, maxTextBytes: 16_500 }
    for (const bytes of [0, 1, 126, 127, 128, 16_383, 16_384, 16_488, 16_489, 16_490])
      for (const tail of [0, 1, 3500, 3501]) {
        const frame = frameOf([new Uint8Array(bytes)], new Uint8Array(tail))
        assert.equal(
          fails(() => refuseTooLarge(bytes, tail, within)),
          fails(() => read([frame], within)),
        )
      }
  })
})

describe('a reader of frames', () => {
  it('takes a frame of exactly the longest length, and refuses one byte more before it arrives', () => {
    const longest = frameOf([new Uint8Array(39)], new Uint8Array(16))
    assert.equal(longest.byteLength, 64)
    assert.equal(read([longest], small).length, 1)
    refuses([words(61, 40)], /65 bytes; maxFrameBytes is 64/, small)
  })

  it('refuses a byte more than allowed beside the tail before it arrives', () => {
    assert.equal(read([words(44, 40)], small).length, 0)
    refuses([words(45, 41)], /49 of them beside its tail; maxTextBytes is 48/, small)
  })

  it('refuses a declared length of 4 GiB', () => {
    refuses([words(0xffff_ffff, 0)], /announced a frame of 4294967299 bytes/)
    refuses([words(0xffff_ffff, 0xffff_ffff)], /announced a frame of 4294967299 bytes/)
  })

  it('refuses messages that are longer than their frame, and a frame without room for their length', () => {
    refuses([words(4, 1)], /frame of 8 bytes with 1 bytes of messages/)
    refuses([words(100, 97)], /frame of 104 bytes with 97 bytes of messages/)
    refuses([words(100, 0xffff_ffff)], /frame of 104 bytes/)
    for (const bytes of [0, 1, 2, 3]) refuses([words(bytes, 0)], /bytes of messages/)
  })

  it('refuses a message that is longer than those of its frame', () => {
    refuses([Buffer.concat([words(6, 2), Buffer.from([2, 0])])], /fewer bytes/)
    refuses([Buffer.concat([words(6, 2), Buffer.from([0xff, 0xff])])], /fewer bytes/)
    refuses([Buffer.concat([words(7, 2), Buffer.from([2, 0, 0])])], /fewer bytes/)
  })

  it('refuses a tail of several messages, or of none', () => {
    refuses([textFrame(['a', 'b'], Uint8Array.of(1))], /more than one message with a tail/)
    refuses([textFrame([], Uint8Array.of(1))], /a tail and no message/)
  })

  it('takes several messages of 64 KiB in all, and refuses more', () => {
    const [first, second] = [new Uint8Array(32_765), new Uint8Array(32_765)]
    assert.equal(read([frameOf([first, second])]).length, 2)
    refuses([frameOf([first, second, new Uint8Array()])], /more than one message with 65537 bytes of them/)
    assert.equal(read([frameOf([new Uint8Array(65_534)])]).length, 1)
  })

  it('takes a frame that says nothing', () => {
    assert.deepEqual(read([Buffer.concat([words(4, 0), words(4, 0), textFrame(['a'])])]), [plain(Buffer.from('a'))])
  })

  it('allows a stranger few bytes', () => {
    refuses([words(4093, 4000)], /maxFrameBytes is 4096/, handshakeLimits)
    assert.equal(read([textFrame(['hello'])], handshakeLimits).length, 1)
  })

  it('allocates nothing for what a peer only declares', () => {
    const before = process.memoryUsage()
    const readers = Array.from({ length: 100 }, () => new FrameReader(limits))
    for (const reader of readers) {
      reader.push(words(200 * mebibyte, 10 * mebibyte))
      assert.equal(reader.next(), undefined)
    }
    const after = process.memoryUsage()
    assert.ok(after.arrayBuffers - before.arrayBuffers < mebibyte, 'bytes were allocated')
    assert.ok(after.heapUsed - before.heapUsed < 8 * mebibyte, 'objects were allocated')
  })

  it('allocates at most four times as much as has arrived', () => {
    const reader = new FrameReader(limits)
    const tailBytes = 64 * mebibyte
    const before = process.memoryUsage().arrayBuffers
    reader.push(Buffer.concat([words(4 + 2 + tailBytes, 2), Buffer.from([1, 7])]))
    const chunk = Buffer.alloc(mebibyte)
    for (let arrived = 0; arrived < 17; arrived++) {
      assert.equal(reader.next(), undefined)
      const taken = process.memoryUsage().arrayBuffers - before
      assert.ok(taken <= (4 * arrived + 2) * mebibyte, `${taken} bytes where ${arrived} MiB have arrived`)
      reader.push(chunk)
    }
    assert.equal(reader.next(), undefined)
    assert.equal(reader.room?.byteLength, 47 * mebibyte)
  })

  it('keeps nothing of what was read', async () => {
    const reader = new FrameReader(limits)
    const bytes = readWhole(reader)
    // Until the next turn, a new `WeakRef` holds what it refers to.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    assert.deepEqual(
      bytes.map((each) => each.deref()),
      [undefined, undefined, undefined],
    )
    assert.equal(reader.next(), undefined)
  })

  it('holds new limits from the next frame on', () => {
    const long = frameOf([new Uint8Array(5000)], Uint8Array.of(1))
    const reader = new FrameReader(handshakeLimits)
    reader.push(Buffer.concat([textFrame(['first', 'second']), long]))
    reader.next()
    reader.next()
    assert.throws(() => reader.next(), { code: 'PROTOCOL' })
    const trusted = new FrameReader(handshakeLimits)
    trusted.push(Buffer.concat([textFrame(['first', 'second']), long]))
    const [first, second] = [trusted.next(), trusted.next()]
    trusted.limits = limits
    assert.deepEqual(
      [first, second, trusted.next()].map((message = assert.fail()) => message.end - message.position),
      [5, 6, 5000],
    )
  })

  it('throws nothing but a ManagerError, whatever arrives', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 3 }), anyDamage, (frames, damage) => {
        const bytes = Buffer.concat(frames.map(({ messages, tail }) => frameOf(messages, tail)))
        for (const { at, byte } of damage) bytes[at % bytes.byteLength] = byte
        refusesOrReads([bytes])
      }),
      { seed: 1, numRuns: 1000 },
    )
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 32 })), (chunks) => refusesOrReads(chunks)),
      { seed: 1, numRuns: 1000 },
    )
  })
})

const anyDamage = fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), { maxLength: 8 })

function written(texts: readonly string[]): Buffer {
  return writtenBytes(texts.map((text) => Buffer.from(text)))
}

/** The frame that the library writes, without its tail. */
function writtenBytes(messages: readonly Uint8Array[], tailBytes = 0, frame = new FrameWriter()): Buffer {
  for (const message of messages) {
    const writer = new Writer()
    writer.raw(message)
    frame.add(writer, 0)
  }
  return Buffer.from(frame.take(tailBytes))
}

function textsOf(bytes: Uint8Array): string[] {
  return framesIn(Buffer.from(bytes)).flatMap(({ messages }) =>
    messages.map((message) => Buffer.from(message).toString()),
  )
}

function cut(bytes: Uint8Array, sizes: Iterable<number>): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let offset = 0
  for (const size of sizes) {
    if (offset >= bytes.byteLength) break
    chunks.push(bytes.subarray(offset, (offset += size)))
  }
  return chunks
}

/** What a reader makes of the chunks. */
function read(chunks: readonly Uint8Array[], within: Limits = limits): Received[] {
  const reader = new FrameReader(within)
  const received: Received[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    for (let message = reader.next(); message !== undefined; message = reader.next())
      received.push(plain(message.bytes.subarray(message.position, message.end), reader.takeTail()))
  }
  return received
}

/** Like `read`, for one who puts the bytes where the reader wants them. */
function readInPlace(bytes: Uint8Array, sizes: Iterable<number>): { received: Received[]; placedBytes: number } {
  const reader = new FrameReader(limits)
  const received: Received[] = []
  let [at, placedBytes] = [0, 0]
  for (const size of sizes) {
    if (at >= bytes.byteLength) break
    const room = reader.room
    const part = bytes.subarray(at, at + Math.min(size, room?.byteLength ?? size))
    if (room === undefined) reader.push(part)
    else {
      room.set(part)
      reader.filled(part.byteLength)
      placedBytes += part.byteLength
    }
    at += part.byteLength
    for (let message = reader.next(); message !== undefined; message = reader.next())
      received.push(plain(message.bytes.subarray(message.position, message.end), reader.takeTail()))
  }
  return { received, placedBytes }
}

/** Reads frames, and returns the chunks that they were in, and a tail. */
function readWhole(reader: FrameReader): WeakRef<Uint8Array>[] {
  const chunks = [textFrame(['a'], new Uint8Array(10)), textFrame(['b', 'c'])]
  for (const chunk of chunks) reader.push(chunk)
  reader.next()
  const tail = reader.takeTail()
  for (let message = 1; message < 3; message++) reader.next()
  return [...chunks, tail].map((bytes) => new WeakRef(bytes))
}

/** Comparable whatever kind of view the bytes are. */
function plain(message: Uint8Array, tail: Uint8Array = new Uint8Array()): Received {
  return { message: [...message], tail: [...tail] }
}

function refuses(chunks: readonly Uint8Array[], message: RegExp, within: Limits = limits): void {
  assert.throws(() => read(chunks, within), { name: 'ManagerError', code: 'PROTOCOL', message })
}

function fails(action: () => unknown): boolean {
  try {
    action()
    return false
  } catch {
    return true
  }
}

function refusesOrReads(chunks: readonly Uint8Array[]): void {
  try {
    read(chunks)
  } catch (error) {
    assert.ok(isManagerError(error, 'PROTOCOL'), String(error))
  }
}
