import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import type { Nonces } from './challenge.ts'

/**
 * Who a server is: a key pair of Ed25519 (RFC 8032) that is made at its start and lives as long as it does. The public
 * key is its name, so a server proves its name by a signature, and nobody can claim that of another one.
 */
export class ServerIdentity {
  /** The public key's 32 bytes in base64url. */
  readonly serverId: string
  readonly #privateKey: KeyObject

  constructor(privateKey: KeyObject = generateKeyPairSync('ed25519').privateKey) {
    this.serverId = createPublicKey(privateKey).export({ format: 'jwk' }).x ?? ''
    this.#privateKey = privateKey
  }

  /** The proof, for the client of that handshake only, that this is the server of that name. */
  sign(nonces: Nonces): string {
    return sign(null, signedText(nonces), this.#privateKey).toString('base64url')
  }
}

/** Whether the server of that name signed; false too for a name that is no public key. */
export function isSignedBy(serverId: string, nonces: Nonces, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: serverId }, format: 'jwk' })
    return verify(null, signedText(nonces), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

function signedText({ client, server }: Nonces): Buffer {
  return Buffer.from(`referent:identity:${client}:${server}`)
}
