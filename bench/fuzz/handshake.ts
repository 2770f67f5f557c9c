// The handshake as docs/protocol.md has it, of both sides. Nothing of lib/ is used here.
import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { Message } from './frame.ts'

/** What a peer proves that it knows. */
export interface Credential {
  readonly kind: 'authkey' | 'capability'
  /** 0 for an authkey. */
  readonly id: number
  readonly key: Buffer | string
}

const identity = generateKeyPairSync('ed25519')
const ownName = String(identity.publicKey.export({ format: 'jwk' }).x)

export function helloLine(): Message {
  return { kind: 'hello', protocol: 'referent', version: 2, nonce: nonce(), server: ownName, pid: process.pid }
}

export function loginLine(hello: Message, { kind, id, key }: Credential): Message {
  const own = nonce()
  const proof = prove('client', key, own, String(hello['nonce']))
  return { kind: 'login', version: 2, nonce: own, pid: process.pid, credential: kind, id, proof }
}

export function welcomeLine(hello: Message, login: Message, key: Buffer | string): Message {
  const [client, server] = [String(login['nonce']), String(hello['nonce'])]
  return {
    kind: 'welcome',
    pid: process.pid,
    address: '',
    session: `s${randomBytes(4).readUInt32BE()}`,
    callTimeoutMs: 0,
    reconnectMs: 0,
    heartbeatMs: 500,
    missed: 4,
    maxTextBytes: 16 * 1024 * 1024,
    serializer: 'binary',
    proof: prove('server', key, client, server),
    signature: sign(null, Buffer.from(`referent:identity:${client}:${server}`), identity.privateKey).toString(
      'base64url',
    ),
  }
}

/** What opens an object in a session that began with these lines. */
export function attachProof(hello: Message, login: Message, id: number, secret: string): string {
  return prove(`attach:${id}`, secret, String(login['nonce']), String(hello['nonce']))
}

function nonce(): string {
  return randomBytes(32).toString('base64url')
}

function prove(role: string, key: Buffer | string, client: string, server: string): string {
  return createHmac('sha256', key).update(`referent:${role}:${client}:${server}`).digest('base64url')
}
