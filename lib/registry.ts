import { callSite, isSameModule, modulePath } from './call-site.ts'
import {
  assertUnclaimed,
  ClassRegistration,
  type ExposedChoice,
  FactoryRegistration,
  isClass,
  type RegistrationFacts,
} from './decorators/registration.ts'
import { hostingChecks, type HostingOptions } from './decorators/hosting-options.ts'
import type { AnyClass } from './decorators/metadata.ts'
import { assertOptions, type Checks, isAnything, isText } from './options.ts'
import { processWide } from './process-wide.ts'
import { sharedRecord, sharedRecords } from './decorators/shared.ts'

export interface RegisterOptions extends HostingOptions {
  /** Which members to expose. Default: the `@Exposed` members of the class, or of the class of what a factory makes. */
  readonly exposed?: ExposedChoice
  /** `import.meta.url` of the module that registers, where a bundler or a wrapper hides it. */
  readonly module?: string
}

/** A function that makes a referent, or returns the same one every time: a singleton. Called without `new`. */
export type Factory = FactoryRegistration['target']

/** What a server needs to know to host instances under one typeid. */
export type Registration = ClassRegistration | FactoryRegistration

/** Identifies a registration in another process that has imported the same module. */
export type RegistrationKey = Pick<Registration, 'typeid' | 'module' | 'owner'>

export function keyOf({ typeid, module, owner }: Registration): RegistrationKey {
  return { typeid, module, owner }
}

/** The registrations of one manager class, by typeid: its own and its parent's. */
export class Registry {
  readonly owner: string
  readonly #parent: Registry | undefined
  readonly #own = new Map<string, Registration>()

  /** @param parent - is asked for typeids that this one doesn't have; never changed */
  constructor(owner: string, parent?: Registry) {
    this.owner = owner
    this.#parent = parent
  }

  /**
   * Registers a class or a factory. What is declared with `class` is constructed; every other function is a factory,
   * called without `new`. May override a typeid that the parent registered, but not that of a `@Shared` class.
   *
   * @param callee - the running function whose caller's module is recorded, where `module` isn't given
   * @throws ManagerError `DUPLICATE_TYPEID` when another class or factory has the typeid here, or another `@Shared` class; `NOTHING_EXPOSED` for a
   *   class that exposes nothing, or has no member named in `exposed` (for a factory, once it has made an instance)
   * @throws TypeError for a name in `exposed` that can't be exposed, and for a typeid, class or factory of the wrong type
   */
  register(
    typeid: string,
    target: AnyClass | Factory,
    options: RegisterOptions = {},
    callee?: (...args: never[]) => unknown,
  ): Registration {
    assertRegistrable(typeid, target)
    assertOptions('Manager.register', options, registerChecks)
    const { module = callee && callSite(callee), exposed, ...hosting } = options
    const facts = { typeid, module, owner: this.owner, hosting, exposed }
    const registration = isClass(target) ? checked(target, facts) : new FactoryRegistration(target, facts)
    const earlier = this.#own.get(typeid) ?? this.shared(typeid)
    assertUnclaimed(typeid, earlier, registration, 'register one of them under another typeid')
    this.add(registration)
    registrations().set(textOf(registration), registration)
    return registration
  }

  get(typeid: string): Registration | undefined {
    return this.own().get(typeid) ?? this.#parent?.get(typeid)
  }

  /**
   * The registration of exactly this class: the first one, where it has several typeids. For a class of this package in
   * another copy of it, the registration of that typeid.
   */
  find(Class: AnyClass): Registration | undefined {
    const found = this.entries().find(({ target }) => target === Class)
    if (found !== undefined) return found
    const record = sharedRecord(Class)
    const known = record?.isOwn === true ? this.get(record.typeid) : undefined
    const isOwn = known?.isClass === true && sharedRecord(known.target)?.isOwn === true
    return isOwn ? known : undefined
  }

  /** The parent's registration of exactly this class, where its typeid is overridden here. */
  findOverridden(Class: AnyClass): Registration | undefined {
    return this.#parent?.find(Class) ?? this.#parent?.findOverridden(Class)
  }

  /** The class of a typeid; none where a factory makes its instances. */
  classOf(typeid: string): AnyClass | undefined {
    const registration = this.get(typeid)
    return registration?.isClass === true ? registration.target : undefined
  }

  typeids(): readonly string[] {
    return this.entries().map(({ typeid }) => typeid)
  }

  /** Own registrations first, then those of the parent that aren't overridden here. */
  entries(): Registration[] {
    const own = this.own()
    const inherited = this.#parent?.entries() ?? []
    return [...own.values(), ...inherited.filter(({ typeid }) => !own.has(typeid))]
  }

  protected own(): ReadonlyMap<string, Registration> {
    return this.#own
  }

  /** The `@Shared` class of a typeid, among those that this registry extends. */
  protected shared(typeid: string): Registration | undefined {
    return this.#parent?.shared(typeid)
  }

  protected add(registration: Registration): void {
    this.#own.set(registration.typeid, registration)
  }
}

/** The `@Shared` classes of this process, live: a class that is evaluated later is found from then on. */
export function sharedClasses(): Registry {
  return shared
}

class SharedClasses extends Registry {
  protected override shared(typeid: string): Registration | undefined {
    return this.get(typeid)
  }

  /** Adds what `@Shared` has recorded since the last call. */
  protected override own(): ReadonlyMap<string, Registration> {
    const own = super.own()
    for (const recorded of sharedRecords().values()) {
      // Asked for each object that may cross, so that nothing is allocated for known ones.
      if (own.get(recorded.typeid)?.target === recorded.Class) continue
      const { Class, ...record } = recorded
      this.add(new ClassRegistration(Class, { ...record, owner: this.owner, exposed: undefined }))
    }
    return own
  }
}

// Holds nothing that another copy of this package lacks: the records themselves are the process's.
const shared = new SharedClasses('')

/** A registration of this process by its key: the latest, where one file made it more than once. */
export function findRegistration(key: RegistrationKey): Registration | undefined {
  const found = key.owner === shared.owner ? shared.get(key.typeid) : undefined
  const isFound = found !== undefined && isSameModule(found.module, key.module)
  return isFound ? found : registrations().get(textOf(key))
}

/** The modules that register classes in this process, except those of this package. */
export function registeredModules(): string[] {
  return [...sharedRecords().values(), ...registrations().values()].flatMap(({ module }) => module ?? [])
}

/** A class that isn't decorated is wrong now, and not where it is first hosted. @throws as `typeOf` of a registration */
function checked(target: AnyClass, facts: RegistrationFacts): ClassRegistration {
  const registration = new ClassRegistration(target, facts)
  registration.typeOf()
  return registration
}

const registerChecks: Checks<RegisterOptions> = { ...hostingChecks, exposed: isAnything, module: isText }

function assertRegistrable(typeid: unknown, target: unknown): void {
  if (typeof typeid !== 'string' || typeid === '')
    throw new TypeError(`a typeid must be a text that isn't empty, as in Manager.register('Counter', Counter)`)
  if (typeof target === 'function') return
  const given = target === null ? 'null' : typeof target
  throw new TypeError(`'${typeid}' was registered with ${given}; give a class, or a function that makes an object`)
}

function registrations(): Map<string, Registration> {
  return processWide('registrations', () => new Map<string, Registration>())
}

function textOf({ typeid, module, owner }: RegistrationKey): string {
  return JSON.stringify([owner, typeid, module === undefined ? null : modulePath(module)])
}
