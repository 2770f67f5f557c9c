import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { describe, it } from 'node:test'
import { array, assert as assertProperty, nat, oneof, property, string, uint8Array } from 'fast-check'
import * as browser from '../../lib/platform/browser.ts'
import * as node from '../../lib/platform/node.ts'

const inNode = { ...node }
const page: typeof inNode = { ...browser }

describe('what a page has in the place of Node', () => {
  it('has the same names', () => {
    assert.deepEqual(Object.keys(browser).toSorted(), Object.keys(node).toSorted())
  })

  it('writes and reads texts alike, halves of pairs and what is no UTF-8 included', () => {
    const texts = oneof(
      string({ unit: 'binary' }),
      string(),
      array(nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
    )
    assertProperty(
      property(texts, uint8Array({ maxLength: 50 }), nat(5), (text, bytes, at) => {
        const latin1 = text.replaceAll(/[^\0-\xff]/gu, '?')
        for (const [write, read, written] of [
          ['writeLatin1', 'readLatin1', latin1],
          ['writeUtf16', 'readUtf16', text],
          ['writeUtf8', 'readUtf8', text],
        ] as const) {
          const [one, other] = [node.allocate(400), page.allocate(400)]
          const length = inNode[write](one, written, at)
          assert.equal(page[write](other, written, at), length)
          assert.deepEqual([...other.subarray(at, at + length)], [...one.subarray(at, at + length)])
          assert.equal(page[read](one, at, at + length), inNode[read](one, at, at + length))
        }
        assert.equal(browser.readUtf8(bytes, 0, bytes.length), node.readUtf8(bytes, 0, bytes.length))
        assert.equal(browser.utf8Length(text), node.utf8Length(text))
        assert.deepEqual([...browser.utf8(text)], [...node.utf8(text)])
        assert.equal(browser.toHex(bytes), node.toHex(bytes))
        assert.deepEqual([...browser.fromHex(node.toHex(bytes))], [...bytes])
        assert.equal(browser.toBase64(bytes), node.toBase64(bytes))
        assert.deepEqual([...browser.fromBase64(node.toBase64(bytes))], [...bytes])
        assert.equal(browser.equalTexts(text, text), true)
        assert.equal(browser.equalTexts(text, `${text}x`), false)
        assert.equal(browser.equalTexts(`${text}y`, `${text}x`), false)
        assert.deepEqual([...browser.joined([bytes, own(text), bytes])], [...node.joined([bytes, own(text), bytes])])
      }),
    )
  })

  it('reads long texts', () => {
    const bytes = randomBytes(100_001)
    for (const read of ['readLatin1', 'readUtf16', 'readUtf8'] as const)
      assert.equal(page[read](bytes, 1, 100_001), inNode[read](bytes, 1, 100_001))
  })

  it('proves alike, and checks signatures alike', () => {
    for (let round = 0; round < 20; round++) {
      const [key, text] = [randomBytes(round + 1), `referent:client:${round}`]
      assert.equal(browser.hmac(key, text), node.hmac(key, text))
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const name = publicKey.export({ format: 'jwk' }).x ?? ''
      const signature = sign(null, Buffer.from(text), privateKey).toString('base64url')
      const altered = `${signature.slice(0, 40)}${signature[40] === 'A' ? 'B' : 'A'}${signature.slice(41)}`
      for (const platform of [node, browser]) {
        assert.equal(platform.isSignature(name, text, signature), true)
        assert.equal(platform.isSignature(name, `${text}.`, signature), false)
        assert.equal(platform.isSignature(name, text, altered), false)
        assert.equal(platform.isSignature('x', text, signature), false)
        assert.equal(platform.isSignature(name, text, ''), false)
      }
    }
    assert.match(browser.randomText(), /^[\w-]{43}$/)
    assert.notEqual(browser.randomText(), browser.randomText())
  })

  it("has superjson's form of regular expressions and URLs", () => {
    for (const leaf of [/a\/b[/]"\u2028/giu, /(?:)/, new URL('https://a.example/?q="é"#x'), new URL('data:,x')]) {
      const text = node.leafText(leaf)
      assert.equal(browser.leafText(leaf), text)
      const { json, meta } = JSON.parse(text) as { json: string; meta: { values: ['URL' | 'regexp'] } }
      assert.deepEqual(browser.leafOf(meta.values[0], json), node.leafOf(meta.values[0], json))
    }
  })

  it('knows a context until its body waits, and runs what was captured in it', () => {
    const storage = new browser.ContextStorage<number | undefined>()
    const other = new browser.ContextStorage<string>()
    let captured = browser.captureAll()
    storage.run(1, () => {
      assert.equal(storage.getStore(), 1)
      other.run('a', () => (captured = browser.captureAll()))
      assert.throws(() => storage.run(2, () => assert.fail('spec')), /spec/)
      assert.equal(storage.getStore(), 1)
    })
    assert.deepEqual([storage.getStore(), other.getStore()], [undefined, undefined])
    assert.deepEqual(
      captured(() => [storage.getStore(), other.getStore()]),
      [1, 'a'],
    )
    assert.deepEqual([storage.getStore(), other.getStore()], [undefined, undefined])
  })

  it('keeps what a class was given, of a class and no other', () => {
    const key = Symbol('spec')
    const Base = class {
      field = 1
    }
    const Derived = class extends Base {}
    browser.setMetadata(key, 1, Base)
    assert.deepEqual([browser.metadataOf(key, Base), browser.metadataOf(key, Derived)], [1, undefined])
  })
})

function own(text: string): Uint8Array {
  return Buffer.from(text)
}
