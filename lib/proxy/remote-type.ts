import { refusalOf } from '../decorators/exposable.ts'
import { ManagerError } from '../errors.ts'
import type { CallOptions } from '../session/wait.ts'
import type { MemberKind, Shape } from '../wire/descriptor.ts'

type AnyClass = abstract new (...args: never[]) => object

/** What a client knows of one type: its exposed members, and its class where that is loaded in this process. */
export class RemoteType {
  readonly shape: Shape
  /** The class of the referent, where it is loaded in this process. */
  readonly Class: AnyClass | undefined
  readonly #kinds: ReadonlyMap<string, MemberKind>
  /** What a member's exposure says of how long its callers wait. */
  readonly #options = new Map<string, CallOptions>()
  readonly #idempotent = new Set<string>()
  readonly #answeringAborts = new Set<string>()
  readonly #stepwise = new Set<string>()

  constructor(shape: Shape, Class: AnyClass | undefined) {
    this.shape = shape
    this.Class = Class
    this.#kinds = new Map(shape.members.map(([name, kind]) => [name, kind]))
    for (const [name, , options] of shape.members) {
      if (options?.timeoutMs !== undefined) this.#options.set(name, { timeoutMs: options.timeoutMs })
      if (options?.idempotent === true) this.#idempotent.add(name)
      if (options?.settlesAfterAbort === true) this.#answeringAborts.add(name)
      if (options?.stepwise === true) this.#stepwise.add(name)
    }
  }

  get typeid(): string {
    return this.shape.typeid
  }

  /** What proxies of this type inherit from, for `instanceof`. */
  get prototype(): object | undefined {
    return this.Class?.prototype as object | undefined
  }

  kindOf(name: string): MemberKind | undefined {
    return this.#kinds.get(name) ?? (this.#isOpen(name) ? 'get set' : undefined)
  }

  /** The member that iterates over the whole, if there is one. */
  get iterator(): string | undefined {
    return this.shape.iterator
  }

  /** The options of a caller, and how long the member would have it wait where they say nothing of it. */
  optionsFor(name: string, given: CallOptions | undefined): CallOptions | undefined {
    const exposed = this.#options.get(name)
    if (exposed === undefined) return given
    return given === undefined ? exposed : { ...exposed, ...given }
  }

  /** Whether a call of it may be made again when nobody knows whether it has run. */
  isIdempotent(name: string): boolean {
    return this.#idempotent.has(name)
  }

  /** Whether a caller that gives up waits for the answer all the same. */
  settlesAfterAbort(name: string): boolean {
    return this.#answeringAborts.has(name)
  }

  /** Whether a generator makes each item when it is asked for. */
  isStepwise(name: string): boolean {
    return this.#stepwise.has(name)
  }

  /** Whether a name may be that of a property beside the members. The server knows; what every object has, it isn't. */
  #isOpen(name: string): boolean {
    if (this.shape.properties !== 'own' || name.startsWith('_') || refusalOf(name) !== undefined) return false
    return !(name in (this.prototype ?? Object.prototype))
  }

  /** A method that the class has and remote calls may not reach. */
  hides(name: string): boolean {
    return (
      !this.#kinds.has(name) && this.prototype !== undefined && name in this.prototype && !(name in Object.prototype)
    )
  }

  notExposed(name: string): ManagerError {
    return new ManagerError(
      'NOT_EXPOSED',
      `${this.typeid}.${name} is not exposed; add @Exposed to allow remote calls`,
      { delivery: 'not-sent' },
    )
  }
}
