import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createNonce, deriveCapability, prove, verifyProof } from '../../lib/auth/proofs.ts'
import { equalTexts } from '../../lib/platform/node.ts'

const key = Buffer.from('swordfish')
const nonces = { client: 'C'.repeat(43), server: 'S'.repeat(43) }

describe('a proof', () => {
  it('is verified by who knows the key', () => {
    for (const role of ['client', 'server'] as const)
      assert.equal(verifyProof(role, Uint8Array.from(key), nonces, prove(role, key, nonces)), true)
  })

  it('holds for its key, its role and its nonces only', () => {
    const proof = prove('client', key, nonces)
    assert.equal(verifyProof('client', Buffer.from('swordfisH'), nonces, proof), false)
    assert.equal(verifyProof('server', key, nonces, proof), false)
    assert.equal(verifyProof('client', key, { ...nonces, server: createNonce() }, proof), false)
    assert.equal(verifyProof('client', key, { ...nonces, client: createNonce() }, proof), false)
    assert.equal(verifyProof('client', key, { client: nonces.server, server: nonces.client }, proof), false)
  })

  it('is refused shortened, prolonged, empty or of other characters', () => {
    const proof = prove('client', key, nonces)
    for (const other of [
      '',
      proof.slice(1),
      proof.slice(0, -1),
      `${proof}A`,
      `${proof.slice(0, -1)}é`,
      '\0'.repeat(43),
    ])
      assert.equal(verifyProof('client', key, nonces, other), false)
  })
})

describe('a nonce', () => {
  it('is 32 random bytes in base64url', () => {
    const made = new Set(Array.from({ length: 100 }, createNonce))
    assert.equal(made.size, 100)
    for (const nonce of made) assert.match(nonce, /^[\w-]{43}$/)
  })
})

describe('a capability', () => {
  it('is derived from the key and the id alone', () => {
    assert.equal(deriveCapability(key, 1), deriveCapability(Uint8Array.from(key), 1))
    assert.notEqual(deriveCapability(key, 1), deriveCapability(key, 2))
    assert.notEqual(deriveCapability(key, 1), deriveCapability(Buffer.from('other'), 1))
    assert.match(deriveCapability(key, 1), /^[\w-]{22}$/)
  })
})

describe('texts', () => {
  it('are equal by their bytes, whatever their lengths', () => {
    assert.equal(equalTexts('é', 'é'), true)
    for (const other of ['', 'e', 'éé', 'è']) assert.equal(equalTexts('é', other), false)
  })
})
