import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { marshal, marshalThrown, unmarshal } from '../../lib/process/marshal.ts'
import { Failure, ListPacker, ListReader, unpackNext } from '../../lib/process/marshal-list.ts'

const long = new Uint8Array(5000).fill(7)

describe('a value for another process', () => {
  it('stays what it was when others are marshalled after it', async () => {
    const [first, error] = [marshal(['first', long, long]), marshalThrown(new RangeError('spec'))]
    marshal(['another', { of: 'more bytes than the first one has' }])
    assert.deepEqual(await unmarshal(first), ['first', long, long])
    assert.ok((await unmarshal(error)) instanceof RangeError)
  })

  it('has copies of its byte arrays, which may be changed at once', async () => {
    const bytes = new Uint8Array(long)
    const packer = new ListPacker()
    const whole = marshal([bytes])
    packer.add([bytes], 'result')
    bytes.fill(0)
    assert.deepEqual(await unmarshal(whole), [long])
    assert.deepEqual(new ListReader(packer.list).next(), [long])
  })

  it('is one of several, each by itself: those beside one that cannot cross stay, in order', async () => {
    const packer = new ListPacker()
    const values = [1, 'text', [long], undefined, { a: [10n] }, [long, 'text']]
    for (const value of values.slice(0, 4)) packer.add(value, 'result')
    assert.throws(() => packer.add({ fn: () => 1 }, 'result'), { code: 'UNSERIALIZABLE', message: /result\.fn/ })
    packer.addError(new RangeError('spec'))
    for (const value of values.slice(4)) packer.add(value, 'result')
    const { list } = packer
    const unpacked: unknown[] = []
    assert.equal(unpackNext(new ListReader(list), 10, unpacked), false)
    assert.deepEqual([...unpacked.slice(0, 4), ...unpacked.slice(5)], values)
    assert.ok(unpacked[4] instanceof Failure)
    // A thread would get a copy of all that the bytes are a part of.
    assert.equal(list.byteLength, list.buffer.byteLength)
  })
})
