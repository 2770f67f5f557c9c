import { baseOfError, hidesMember, isError } from './builtin-errors.ts'
import type { Codec } from './codec.ts'
import { objectOf, prototypeOf } from './prototype.ts'
import type { ReferencePort } from './reference-port.ts'

/** A copy of `thrown` in which whatever `codec` refuses is a text that says so. Takes nothing from `port`. */
export function crossableError(codec: Codec, thrown: unknown, port: ReferencePort): unknown {
  return new ErrorCopier(codec, port).copy(thrown)
}

/** Fields that matter also where an error's class, not the error, has them. */
const readFields: readonly string[] = ['name', 'message', 'stack']

/** How long the fields of an error are looked through, one by one, while all else waits: they may share what they hold. */
const patienceMs = 50

/** Goes from error to cause without recursion: chains of causes can be longer than the stack. */
class ErrorCopier {
  readonly #codec: Codec
  readonly #port: ReferencePort
  readonly #copies = new Map<object, object>()
  readonly #untilMs = performance.now() + patienceMs
  readonly #queue: { readonly error: object; readonly copy: object }[] = []

  constructor(codec: Codec, port: ReferencePort) {
    this.#codec = codec
    // Fields are encoded only to see whether they can cross; the error that is sent will count the references.
    this.#port = {
      accepts: (value) => port.accepts(value),
      export: () => ({}),
      import: (descriptor) => port.import(descriptor),
    }
  }

  copy(thrown: unknown): unknown {
    const copy = this.#copyOf(thrown)
    // The queue grows while it is read.
    for (const pair of this.#queue) this.#fill(pair.error, pair.copy)
    return copy
  }

  /** The copy of an error is still empty. */
  #copyOf(thrown: unknown): unknown {
    if (this.#isError(thrown)) return this.#emptyCopy(thrown)
    const reason = this.#patienceWith(thrown) ?? this.#reasonAgainst(thrown, 'error')
    return reason === undefined ? thrown : new Error(`A value was thrown that can't cross: ${reason}`)
  }

  #emptyCopy(error: object): object {
    const known = this.#copies.get(error)
    if (known !== undefined) return known
    const copy = objectOf(prototypeOf(error))
    this.#copies.set(error, copy)
    this.#queue.push({ error, copy })
    return copy
  }

  #fill(error: object, copy: object): void {
    const base = baseOfError(error)
    for (const key of new Set([...readFields, ...Object.getOwnPropertyNames(error)])) {
      const enumerable = Object.prototype.propertyIsEnumerable.call(error, key)
      // What would hide a member at the other side goes by another name.
      const name = hidesMember(copy, base, key) && !Object.hasOwn(copy, key) ? `own ${key}` : key
      Object.defineProperty(copy, name, { value: this.#fieldOf(error, key), enumerable, configurable: true })
    }
  }

  #fieldOf(error: object, key: string): unknown {
    try {
      const value: unknown = Reflect.get(error, key)
      if (this.#isError(value)) return this.#emptyCopy(value)
      if (key === 'errors' && Array.isArray(value)) return value.map((item) => this.#copyOf(item))
      // What a field may be, its name has a say in.
      const reason = this.#patienceWith(value) ?? this.#reasonAgainst({ [key]: value }, 'error')
      return reason === undefined ? value : `[${reason}]`
    } catch (cause) {
      return `[error.${key}: reading it threw ${cause instanceof Error ? cause.message : 'something that is no error'}]`
    }
  }

  /** What the port takes may be a proxy, which nothing may be read of. */
  #isError(value: unknown): value is object {
    return typeof value === 'object' && value !== null && !this.#port.accepts(value) && isError(value)
  }

  /** Why an object isn't looked through any more, if so. */
  #patienceWith(value: unknown): string | undefined {
    const isLong = typeof value === 'object' && value !== null && performance.now() > this.#untilMs
    return isLong ? 'error: left out, as it takes long to look through all of this error' : undefined
  }

  #reasonAgainst(value: unknown, root: string): string | undefined {
    try {
      this.#codec.encode(value, this.#port, root)
      return undefined
    } catch (reason) {
      return reason instanceof Error ? reason.message : "it can't be read"
    }
  }
}
