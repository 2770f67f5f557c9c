import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { equalTexts, hmac, isSignature, randomText, utf8 } from '../platform/node.ts'

/**
 * Mutual proof of a shared key, as HMAC-SHA-256 over both sides' fresh nonces, and over what binds it to an encrypted
 * connection: neither side sends the key, what one side proves can't be played back to it, as the two roles prove different
 * texts, and whoever is in between two encrypted connections can't pass it on. Python's `authkey` does the
 * same (`multiprocessing.connection.deliver_challenge`, `answer_challenge`).
 */
export type ProofRole = 'client' | 'server'

export interface Nonces {
  readonly client: string
  readonly server: string
  /** What the connection has and no other one; '' where it isn't encrypted. */
  readonly binding?: string
}

export function createNonce(): string {
  return randomText()
}

export function prove(role: ProofRole, key: Uint8Array, nonces: Nonces): string {
  return hmac(key, `referent:${role}:${textOf(nonces)}`)
}

/** Takes the same time whatever the proof is. */
export function verifyProof(role: ProofRole, key: Uint8Array, nonces: Nonces, proof: string): boolean {
  return equalTexts(prove(role, key, nonces), proof)
}

/** Proves within a session that its client knows the capability of a referent, without telling it. */
export function proveCapability(secret: string, id: number, nonces: Nonces): string {
  return hmac(utf8(secret), `referent:attach:${id}:${textOf(nonces)}`)
}

/** The secret of one session: whoever knew the credential proves by it later that it is the same one. */
export function deriveSessionKey(key: Uint8Array, sessionId: string, nonces: Nonces): string {
  return hmac(key, `referent:session:${sessionId}:${textOf(nonces)}`)
}

/** Proves, by fresh nonces, that this is a side of that session, and how many messages it has read. */
export function proveResumption(
  role: ProofRole,
  key: string,
  sessionId: string,
  { attempt, received }: { readonly attempt: number; readonly received: number },
  nonces: Nonces,
): string {
  return hmac(utf8(key), `referent:resume:${role}:${sessionId}:${attempt}:${received}:${textOf(nonces)}`)
}

/** The secret that opens one referent: derived, so that it can be told from a forged one when the referent is gone. */
export function deriveCapability(key: Uint8Array, id: number): string {
  return hmac(key, `referent:capability:${id}`).slice(0, 22)
}

/** The secret of a reference that was narrowed by this caveat. It can be made of the secret before, and not the other way round. */
export function narrowCapability(secret: string, caveat: string): string {
  return hmac(utf8(secret), `referent:narrowed:${caveat}`).slice(0, 22)
}

/**
 * The identity of a server: a key pair of Ed25519 (RFC 8032) that is made at its start and lives as long as it does. The public
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
    return sign(null, utf8(signedText(nonces)), this.#privateKey).toString('base64url')
  }
}

/** Whether the server of that name signed; false too for a name that is no public key. */
export function isSignedBy(serverId: string, nonces: Nonces, signature: string): boolean {
  return isSignature(serverId, signedText(nonces), signature)
}

function signedText(nonces: Nonces): string {
  return `referent:identity:${textOf(nonces)}`
}

function textOf({ client, server, binding = '' }: Nonces): string {
  return binding === '' ? `${client}:${server}` : `${client}:${server}:${binding}`
}
