import type { AnyClass } from '../decorators/metadata.ts'
import { ManagerError } from '../errors.ts'
import type { Registration, Registry } from '../registry.ts'

/** The types that a server may create: all that a client can name. */
export interface TypeCatalogue {
  /** @throws ManagerError `UNKNOWN_TYPEID`, naming those that are known; `MODULE_FAILED` for one whose module failed */
  get(typeid: string): Registration
  /** The registration of exactly this class. */
  ofClass(Class: unknown): Registration | undefined
  /** The class of a typeid, where it is one; unlike `get`, it throws nothing. */
  classOf(typeid: string): AnyClass | undefined
  /**
   * Learns another one, where it doesn't know by itself what its manager registers.
   * @throws (as a rejection) ManagerError `FORBIDDEN` for a secret that isn't the owner's, `PROTOCOL`, `NOT_GUARDED`
   */
  learn?(secret: string, key: unknown): Promise<void>
}

/** The types of a server that runs in the process of its manager: what is registered there, at any time. */
export class LocalTypes implements TypeCatalogue {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  get(typeid: string): Registration {
    const registration = this.#registry.get(typeid)
    if (registration !== undefined) return registration
    throw unknownTypeid(
      typeid,
      this.#registry.entries().map((known) => known.typeid),
    )
  }

  ofClass(Class: unknown): Registration | undefined {
    return typeof Class === 'function' ? this.#registry.find(Class as AnyClass) : undefined
  }

  classOf(typeid: string): AnyClass | undefined {
    return this.#registry.classOf(typeid)
  }
}

export function unknownTypeid(typeid: string, known: readonly string[]): ManagerError {
  const list = known.length === 0 ? 'none is registered' : `registered are ${known.join(', ')}`
  return new ManagerError(
    'UNKNOWN_TYPEID',
    `no class is registered as '${typeid}' (${list}); decorate it with @Shared(), or use Manager.register`,
  )
}
