import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * Mutual proof of a shared key, as HMAC-SHA-256 over both sides' fresh nonces: neither side sends the key, and what
 * one side proves can't be played back to it, as the two roles prove different texts. Python's `authkey` does the
 * same (`multiprocessing.connection.deliver_challenge`, `answer_challenge`).
 */
export type ProofRole = 'client' | 'server'

export interface Nonces {
  readonly client: string
  readonly server: string
}

export function createNonce(): string {
  return randomBytes(32).toString('base64url')
}

export function prove(role: ProofRole, key: Uint8Array, nonces: Nonces): string {
  return createHmac('sha256', key).update(`referent:${role}:${nonces.client}:${nonces.server}`).digest('base64url')
}

/** Takes the same time whatever the proof is. */
export function verifyProof(role: ProofRole, key: Uint8Array, nonces: Nonces, proof: string): boolean {
  return equalTexts(prove(role, key, nonces), proof)
}

/** Proves within a session that its client knows the capability of a referent, without telling it. */
export function proveCapability(secret: string, id: number, nonces: Nonces): string {
  const text = `referent:attach:${id}:${nonces.client}:${nonces.server}`
  return createHmac('sha256', secret).update(text).digest('base64url')
}

/** The secret that opens one referent: derived, so that it can be told from a forged one when the referent is gone. */
export function deriveCapability(key: Uint8Array, id: number): string {
  return createHmac('sha256', key).update(`referent:capability:${id}`).digest('base64url').slice(0, 22)
}

export function equalTexts(expected: string, given: string): boolean {
  const left = Buffer.from(expected)
  const right = Buffer.from(given)
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}
