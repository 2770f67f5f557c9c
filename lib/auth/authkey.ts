import { randomBytes } from 'node:crypto'
import { whyNot } from '../codec/reason.ts'

const hidden = 'AuthKey(hidden)'

/** The secret that opens everything of one manager. Python's `authkey`. Never printed: its text form hides it. */
export class AuthKey {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  static random(): AuthKey {
    return new AuthKey(randomBytes(32))
  }

  /**
   * @param key any text or bytes but empty ones; texts are taken as UTF-8
   * @throws TypeError for anything else
   */
  static from(key: unknown): AuthKey {
    if (key instanceof AuthKey) return key
    const bytes = typeof key === 'string' ? Buffer.from(key) : key
    if (bytes instanceof Uint8Array && bytes.byteLength > 0) return new AuthKey(Uint8Array.from(bytes))
    throw new TypeError('an authkey is a text or a Uint8Array that is not empty')
  }

  /** The secret itself, to hand to a program that shall have it. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return this.toString()
  }

  static {
    const reason = "an authkey doesn't cross unless you say so; send authkey.bytes, which Manager.connect takes too"
    Object.defineProperty(this.prototype, whyNot, { value: reason })
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => hidden })
  }
}
