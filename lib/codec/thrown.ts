import type { Writer } from '../wire/writer.ts'
import { baseOfError, hidesMember, isError } from './builtin-errors.ts'
import type { Codec, Encoded } from './codec.ts'
import { objectOf, prototypeOf } from './prototype.ts'
import type { ReferencePort } from './reference-port.ts'

/**
 * Encodes anything thrown, and never fails: a field of an error or of its causes that can't cross is replaced by a text
 * that says so, and a thrown value that is no error and can't cross by an error that says so.
 */
export function encodeThrown(codec: Codec, thrown: unknown, port: ReferencePort, writer: Writer): Encoded {
  return (
    attempt(() => codec.encode(thrown, port, 'error', writer)) ??
    attempt(() => codec.encode(new ErrorCopier(codec, port, writer).copy(thrown), port, 'error', writer)) ??
    codec.encode(new Error(`What was thrown can't cross: ${messageOf(thrown)}`), port, 'error', writer)
  )
}

/** Reading what was thrown may run any code, and that may throw again. */
function messageOf(thrown: unknown): string {
  return (
    attempt(() => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown)) ?? "it can't be read"
  )
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** Fields that matter also where an error's class, not the error, has them. */
const readFields: readonly string[] = ['name', 'message', 'stack']

/**
 * How long the fields of an error are looked through, one by one, while all else waits: they may share what they hold. The
 * first objects always are, however busy the machine is.
 */
const maxLookMs = 50
const firstObjects = 8

/**
 * Copies an error, with whatever the codec refuses as a text that says so. Goes from error to cause without recursion:
 * chains of causes can be longer than the stack. Takes nothing from the port.
 */
class ErrorCopier {
  readonly #codec: Codec
  readonly #port: ReferencePort
  readonly #writer: Writer
  readonly #copies = new Map<object, object>()
  readonly #untilMs = performance.now() + maxLookMs
  #objects = 0
  readonly #queue: { readonly error: object; readonly copy: object }[] = []

  constructor(codec: Codec, port: ReferencePort, writer: Writer) {
    this.#codec = codec
    this.#writer = writer
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
    const reason = this.#whyTooLate(thrown) ?? this.#reasonAgainst(thrown)
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
      const reason = this.#whyTooLate(value) ?? this.#reasonAgainst({ [key]: value })
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
  #whyTooLate(value: unknown): string | undefined {
    if (typeof value !== 'object' || value === null || ++this.#objects <= firstObjects) return undefined
    const isLong = performance.now() > this.#untilMs
    return isLong ? 'error: left out, as it takes long to look through all of this error' : undefined
  }

  #reasonAgainst(value: unknown): string | undefined {
    const { position } = this.#writer
    try {
      this.#codec.encode(value, this.#port, 'error', this.#writer)
      return undefined
    } catch (reason) {
      return reason instanceof Error ? reason.message : "it can't be read"
    } finally {
      this.#writer.position = position
    }
  }
}
