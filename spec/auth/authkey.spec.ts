import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { AuthKey } from '../../lib/auth/authkey.ts'

const secret = 'swordfish'

describe('an authkey', () => {
  it('is made of a text, of bytes, or of another authkey', () => {
    const key = AuthKey.from(secret)
    assert.deepEqual(key.bytes, Uint8Array.from(Buffer.from(secret)))
    assert.deepEqual(AuthKey.from(Buffer.from(secret)).bytes, key.bytes)
    assert.equal(AuthKey.from(key), key)
    assert.deepEqual(AuthKey.from('é').bytes, Uint8Array.of(0xc3, 0xa9))
  })

  it('is nothing else, and nothing empty; the refusal shows no secret', () => {
    for (const other of ['', new Uint8Array(), undefined, null, 5, {}, [1], new ArrayBuffer(4), { bytes: secret }])
      assert.throws(
        () => AuthKey.from(other),
        (error: Error) => {
          assert.equal(error.name, 'TypeError')
          assert.doesNotMatch(inspect(error, { showHidden: true }), /swordfish/)
          return true
        },
      )
  })

  it('is 32 random bytes where none is given', () => {
    const [first, second] = [AuthKey.random(), AuthKey.random()]
    assert.equal(first.bytes.byteLength, 32)
    assert.notDeepEqual(first.bytes, second.bytes)
  })

  it('cannot be changed through the bytes it was made of, nor through those it gives', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const key = AuthKey.from(bytes)
    bytes[0] = 9
    key.bytes[1] = 9
    assert.deepEqual(key.bytes, Uint8Array.of(1, 2, 3))
  })

  it('is never printed', () => {
    const key = AuthKey.from(secret)
    const hex = Buffer.from(secret).toString('hex')
    const holder = { options: { key } }
    const shown = [
      String(key),
      key.toString(),
      JSON.stringify(holder),
      inspect(key),
      inspect(holder, { depth: 9, showHidden: true, getters: true, customInspect: true }),
      inspect(holder, { depth: 9, showHidden: true, customInspect: false }),
      JSON.stringify(Object.getOwnPropertyDescriptors(key)),
      JSON.stringify(Object.entries(key)),
    ]
    for (const text of shown) {
      assert.doesNotMatch(text, new RegExp(`${secret}|${hex}|115, ?119|73 77`, 'i'))
    }
  })
})
