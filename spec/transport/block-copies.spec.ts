import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { BlockCopies } from '../../lib/transport/block-copies.ts'

const mebibyte = 2 ** 20

describe('copies of bytes that are on their way', () => {
  it('are as the bytes were, of any lengths', () => {
    const anyLength = fc.oneof(fc.nat(100), fc.nat(300_000), fc.constantFrom(32_767, 32_768, 65_535, 65_536, 65_537))
    const copies = new BlockCopies()
    fc.assert(
      fc.property(fc.array(anyLength, { maxLength: 6 }), (lengths) => {
        const originals = lengths.map((length) => randomBytes(length))
        const copied = originals.map((bytes) => copies.of(bytes))
        const kept = originals.map((bytes) => Buffer.from(bytes))
        for (const bytes of originals) bytes.fill(0)
        assert.ok(kept.every((bytes, index) => bytes.equals(Buffer.concat(copied[index] ?? []))))
        copies.end()()
      }),
      { seed: 1, numRuns: 100 },
    )
  })

  it('are in memory of before only once that was given back, also of another socket', () => {
    const [one, other] = [new BlockCopies(), new BlockCopies()]
    const first = memoryOf(one)
    const giveBack = one.end()
    const second = memoryOf(one)
    assert.ok(second.every((buffer) => !first.includes(buffer)))
    giveBack()
    assert.deepEqual(new Set(memoryOf(other)), new Set(first))
  })

  it('are not given back with those that were made after them', () => {
    const copies = new BlockCopies()
    const giveBack = copies.end()
    const late = memoryOf(copies)
    giveBack()
    assert.ok(memoryOf(new BlockCopies()).every((buffer) => !late.includes(buffer)))
  })

  it('leave 4 MiB of memory for later, however much there was at once', () => {
    const copies = new BlockCopies()
    const first = new Set(memoryOf(copies, 16 * mebibyte))
    copies.end()()
    const again = memoryOf(copies, 8 * mebibyte).filter((buffer) => first.has(buffer))
    assert.equal(again.length * 64 * 1024, 4 * mebibyte)
  })
})

/** The buffers in which a copy is. */
function memoryOf(copies: BlockCopies, byteLength = 200_000): ArrayBufferLike[] {
  return copies.of(new Uint8Array(byteLength)).map(({ buffer }) => buffer)
}
