import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** How many links may wait for somebody to open them, and how many tabs are let in again. The oldest go. */
const maxTokens = 32
const maxSecrets = 256

/** Who may look: whoever has a link that nobody has opened yet, and the tabs in which one was opened. Keeps no secret, but digests. */
export class InspectorAccess {
  #tokens: readonly Buffer[] = []
  #secrets: readonly Buffer[] = []

  /** A token for one link. */
  token(): string {
    const token = random()
    this.#tokens = [...this.#tokens, digestOf(token)].slice(-maxTokens)
    return token
  }

  /** The secret of a tab, for a token that was not used before; undefined for any other. */
  exchange(token: string): string | undefined {
    const digest = digestOf(token)
    if (!has(this.#tokens, digest)) return undefined
    this.#tokens = this.#tokens.filter((each) => !each.equals(digest))
    const secret = random()
    this.#secrets = [...this.#secrets, digestOf(secret)].slice(-maxSecrets)
    return secret
  }

  /** Whether it is the secret of a tab. */
  admits(secret: string): boolean {
    return has(this.#secrets, digestOf(secret))
  }
}

function random(): string {
  return randomBytes(32).toString('base64url')
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Compares with all of them, each in the same time. */
function has(digests: readonly Buffer[], digest: Buffer): boolean {
  return digests.reduce((found, each) => timingSafeEqual(each, digest) || found, false)
}
