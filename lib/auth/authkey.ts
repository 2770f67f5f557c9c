import { randomBytes } from 'node:crypto'
import { whyNot } from '../codec/reason.ts'
import { assertOptions, isText } from '../options.ts'
import { readAuthkeyFile } from './authkey-file.ts'

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
   * @param key any text or bytes but empty ones, of which texts are taken as UTF-8; or `{ file }`, the path of a file of them
   * @throws TypeError for anything else; ManagerError `AUTH_FAILED` for a file that can't be read, or that others can
   */
  static from(key: unknown): AuthKey {
    if (key instanceof AuthKey) return key
    if (isFileOption(key)) return new AuthKey(readAuthkeyFile(key.file))
    const bytes = typeof key === 'string' ? Buffer.from(key) : key
    if (bytes instanceof Uint8Array && bytes.byteLength > 0) return new AuthKey(Uint8Array.from(bytes))
    throw new TypeError('an authkey is a text or a Uint8Array that is not empty, or { file: path }')
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

/** @throws TypeError for options of no known name or type */
function isFileOption(key: unknown): key is { readonly file: string } {
  if (typeof key !== 'object' || key === null || !('file' in key)) return false
  assertOptions<{ file?: string }>('the authkey', key, { file: isText })
  return typeof key.file === 'string'
}
