import { chooseExposures, type ExposedChoice, type Subject } from './chosen-exposures.ts'
import { assertIterates, type Conduct } from './conduct.ts'
import { type AnyClass, type Exposures, findMember } from './metadata.ts'

/** What a class and a factory are registered with alike. */
export interface RegistrationFacts {
  readonly typeid: string
  /** Where it was registered: a `file:` URL or a path; undefined where the call site has no file. */
  readonly module: string | undefined
  /** The name of the `Manager` subclass that registered it; empty for `@Shared` classes. */
  readonly owner: string
  /** How its instances are served. */
  readonly conduct: Conduct
  /** What was chosen to be exposed; undefined leaves it to `@Exposed`. */
  readonly exposed: ExposedChoice | undefined
}

abstract class RegistrationBase implements RegistrationFacts {
  readonly typeid: string
  readonly module: string | undefined
  readonly owner: string
  readonly conduct: Conduct
  readonly exposed: ExposedChoice | undefined

  constructor(facts: RegistrationFacts) {
    this.typeid = facts.typeid
    this.module = facts.module
    this.owner = facts.owner
    this.conduct = facts.conduct
    this.exposed = facts.exposed
  }

  /** Makes an instance. What the class or the factory throws passes through. */
  abstract make(args: readonly unknown[]): object | Promise<object>

  /**
   * The exposed members of an instance that this registration made.
   *
   * @throws ManagerError `NOTHING_EXPOSED`, or a TypeError, where only a factory's instance shows that the choice is wrong
   */
  abstract exposuresFor(instance: object): Exposures
}

/** A registered class. Making it throws what `chooseExposures` throws. */
export class ClassRegistration extends RegistrationBase {
  readonly isClass = true
  readonly target: AnyClass
  readonly #exposures: Exposures

  constructor(target: AnyClass, facts: RegistrationFacts) {
    super(facts)
    this.target = target
    const members = target.prototype as object
    this.#exposures = exposuresOf({ members, Class: target, name: target.name || facts.typeid }, facts)
  }

  override make(args: readonly unknown[]): object {
    return Reflect.construct(this.target, args) as object
  }

  override exposuresFor(): Exposures {
    return this.#exposures
  }
}

/** A registered factory. */
export class FactoryRegistration extends RegistrationBase {
  readonly isClass = false
  readonly target: (...args: never[]) => object | Promise<object>
  // Per prototype, or per object where it has its members itself.
  readonly #exposures = new WeakMap<object, Exposures>()

  constructor(target: FactoryRegistration['target'], facts: RegistrationFacts) {
    super(facts)
    this.target = target
  }

  /** @throws TypeError, or rejects with one, when the factory gives no object */
  override make(args: readonly unknown[]): object | Promise<object> {
    const made: unknown = Reflect.apply(this.target, undefined, args)
    return made instanceof Promise ? made.then((instance: unknown) => this.#accept(instance)) : this.#accept(made)
  }

  override exposuresFor(instance: object): Exposures {
    const members = membersOf(instance)
    const known = this.#exposures.get(members)
    if (known !== undefined) return known
    const exposures = exposuresOf(this.#subjectOf(members), this)
    this.#exposures.set(members, exposures)
    return exposures
  }

  #accept(made: unknown): object {
    if (typeof made === 'object' && made !== null) return made
    throw new TypeError(
      `the factory of ${this.typeid} gave ${made === null ? 'null' : typeof made}, not an object to host`,
    )
  }

  #subjectOf(members: object): Subject {
    const constructor: unknown = findMember(members, 'constructor')?.value
    const Class = isClass(constructor) ? constructor : undefined
    return { members, Class, name: Class?.name ?? `the object that the factory of ${this.typeid} made` }
  }
}

function exposuresOf(subject: Subject, { exposed, conduct }: RegistrationFacts): Exposures {
  const exposures = chooseExposures(subject, exposed)
  assertIterates(subject.name, conduct, exposures)
  return exposures
}

/** Whether a value is to be constructed: of all functions, only those of `class` declarations have a fixed prototype. */
export function isClass(value: unknown): value is AnyClass {
  return typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}

/** Where an object's members are: on its class, or on a plain object itself. */
function membersOf(instance: object): object {
  const prototype: unknown = Object.getPrototypeOf(instance)
  const isPlain = typeof prototype !== 'object' || prototype === null || prototype === Object.prototype
  return isPlain ? instance : prototype
}
