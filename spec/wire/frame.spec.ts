import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { encodeFrame, type Frame, FrameReader } from '../../lib/wire/frame.ts'
import { handshakeLimits, type Limits, withLimits } from '../../lib/wire/limits.ts'
import { takeFrames } from './take-frames.ts'

const limits = withLimits({})
const small: Limits = { maxFrameBytes: 64, maxTextBytes: 64, maxParts: 16, maxAttachments: 2 }
const mebibyte = 2 ** 20

const anyFrame = fc.record({
  text: fc.string({ unit: 'grapheme', maxLength: 40 }),
  attachments: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
})

describe('a frame', () => {
  it('arrives as it was sent, however the bytes of a sequence of frames are cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), fc.infiniteStream(fc.integer({ min: 1, max: 30 })), sameFrames),
      { seed: 1, numRuns: 500 },
    )
  })

  it('arrives when each of its bytes arrives alone', () => {
    const frame = { text: '[{"kind":"call"}]', attachments: [Uint8Array.of(1, 2, 3), new Uint8Array()] }
    assert.deepEqual(read([...bytesOf([frame])].map((byte) => Uint8Array.of(byte))), [plain(frame)])
  })

  it('is laid out as length, count, sizes, text and byte arrays, big-endian', () => {
    const bytes = bytesOf([{ text: '[é]', attachments: [Uint8Array.of(9), Uint8Array.of(8, 7)] }])
    const head = [0, 0, 0, 19, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]
    assert.deepEqual([...bytes], [...head, 0x5b, 0xc3, 0xa9, 0x5d, 9, 8, 7])
  })

  it('gives its receiver byte arrays in buffers of their own, with nothing else in them', () => {
    const chunk = bytesOf([{ text: '[]', attachments: [new Uint8Array(1000), new Uint8Array(7)] }])
    const attachments = framesOf([chunk])[0]?.attachments ?? []
    assert.deepEqual(
      attachments.map(({ buffer }) => buffer.byteLength),
      [1000, 7],
    )
  })
})

describe('a frame that is too large to send', () => {
  it('is refused with its size and the limit', () => {
    assert.doesNotThrow(() => encodeFrame('x'.repeat(56), [], small))
    assert.throws(() => encodeFrame('x'.repeat(57), [], small), {
      code: 'FRAME_TOO_LARGE',
      message: /65 bytes .* maxFrameBytes \(64\)/,
    })
  })

  it('counts its byte arrays and text in bytes, not in characters', () => {
    assert.throws(() => encodeFrame('€'.repeat(19), [], small), { code: 'FRAME_TOO_LARGE' })
    assert.throws(() => encodeFrame('', [new Uint8Array(53)], small), { code: 'FRAME_TOO_LARGE' })
    assert.doesNotThrow(() => encodeFrame('', [new Uint8Array(52)], small))
  })

  it('is refused where it has more byte arrays than the limit', () => {
    const attachments = [new Uint8Array(), new Uint8Array(), new Uint8Array()]
    assert.throws(() => encodeFrame('', attachments, small), { code: 'FRAME_TOO_LARGE', message: /3 byte arrays/ })
  })
})

describe('a reader of frames', () => {
  it('takes a frame of exactly the longest length, and refuses one byte more before it arrives', () => {
    const longest = bytesOf([{ text: 'x'.repeat(56), attachments: [] }])
    assert.equal(framesOf([longest], small).length, 1)
    refuses([words(61)], small)
  })

  it('refuses a declared length of 4 GiB', () => refuses([words(0xffff_ffff)]))

  it('refuses a count of 2^32-1 byte arrays, whatever the frame holds', () => {
    refuses([words(4, 0xffff_ffff)])
    refuses([words(8, 0xffff_ffff, 0)])
  })

  it('refuses sizes that exceed their frame, each or all together', () => {
    refuses([words(8, 1, 1)])
    refuses([words(8, 1, 0xffff_ffff)])
    refuses([words(16, 2, 2, 3), words(0)])
    refuses([words(8, 3, 0)])
  })

  it('refuses a frame too short for its count', () => {
    for (const bytes of [0, 1, 2, 3]) refuses([words(bytes), new Uint8Array(bytes)])
  })

  it('allows a stranger no byte arrays and few bytes', () => {
    refuses([words(8, 1, 0)], handshakeLimits)
    refuses([words(4093)], handshakeLimits)
    assert.equal(framesOf([words(4, 0)], handshakeLimits).length, 1)
  })

  it('allocates nothing for what a peer only declares', () => {
    const before = process.memoryUsage()
    const readers = Array.from({ length: 100 }, () => new FrameReader(limits))
    for (const reader of readers) assert.deepEqual(takeFrames(reader, words(200 * mebibyte, 60_000)), [])
    for (let attempt = 0; attempt < 100; attempt++) refuses([words(8, 0xffff_ffff, 0)])
    const after = process.memoryUsage()
    assert.ok(after.arrayBuffers - before.arrayBuffers < mebibyte, 'bytes were allocated')
    assert.ok(after.heapUsed - before.heapUsed < 8 * mebibyte, 'objects were allocated')
  })

  it('holds new limits from the next frame on', () => {
    const reader = new FrameReader(handshakeLimits)
    const frames: Frame[] = []
    const long = bytesOf([{ text: 'x'.repeat(5000), attachments: [Uint8Array.of(1)] }])
    frames.push(...takeFrames(reader, bytesOf([{ text: 'first', attachments: [] }])))
    assert.throws(() => takeFrames(reader, long), { code: 'PROTOCOL' })
    const trusted = new FrameReader(handshakeLimits)
    trusted.limits = limits
    frames.push(...takeFrames(trusted, long))
    assert.deepEqual(
      frames.map(({ text }) => text.length),
      [5, 5000],
    )
  })

  it('throws nothing but a ManagerError, whatever arrives', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 3 }), anyDamage, (frames, damage) => {
        const bytes = bytesOf(frames)
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

interface PlainFrame {
  readonly text: string
  readonly attachments: readonly Uint8Array[]
}

function sameFrames(frames: readonly PlainFrame[], sizes: Iterable<number>): void {
  assert.deepEqual(read(cut(bytesOf(frames), sizes)), frames.map(plain))
}

function bytesOf(frames: readonly PlainFrame[]): Buffer {
  return Buffer.concat(frames.flatMap(({ text, attachments }) => encodeFrame(text, attachments, limits)))
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

function framesOf(chunks: readonly Uint8Array[], within: Limits = limits): Frame[] {
  const reader = new FrameReader(within)
  return chunks.flatMap((chunk) => takeFrames(reader, chunk))
}

function read(chunks: readonly Uint8Array[]): unknown[] {
  return framesOf(chunks).map(plain)
}

/** Comparable whatever kind of view the bytes are. */
function plain({ text, attachments }: PlainFrame): unknown {
  return { text, attachments: attachments.map((bytes) => [...bytes]) }
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

function refuses(chunks: readonly Uint8Array[], within: Limits = limits): void {
  assert.throws(() => framesOf(chunks, within), { name: 'ManagerError', code: 'PROTOCOL' })
}

function refusesOrReads(chunks: readonly Uint8Array[]): void {
  try {
    framesOf(chunks)
  } catch (error) {
    assert.ok(isManagerError(error, 'PROTOCOL'), String(error))
  }
}
