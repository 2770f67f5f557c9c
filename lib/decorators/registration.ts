import { isSameModule } from '../call-site.ts'
import { ManagerError } from '../errors.ts'
import { mustBe, nearest } from '../options.ts'
import { assertIterates, type HostingOptions } from './hosting-options.ts'
import { assertExposable, type Member, memberOf, type Members, notExposable, property, refusalOf } from './member.ts'
import { type AnyClass, findProperty, holdersOf, membersOf } from './metadata.ts'

/**
 * What to expose of a class that isn't decorated: members by name, or `'public'`: all methods whose names don't begin
 * with `_`, and no accessors, which is the default of Python's managers.
 */
export type ExposedChoice = readonly string[] | 'public'

/** The type of what a registration makes, for its hosts. */
export interface ObjectType {
  readonly kind: 'object'
  readonly typeid: string
  readonly members: Members
  readonly hosting: HostingOptions
}

/** What classes and factories have in common. */
abstract class RegistrationBase {
  readonly typeid: string
  /** Where it was registered: a `file:` URL or a path; undefined where the call site has no file. */
  readonly module: string | undefined
  /** The name of the `Manager` subclass that registered it; empty for `@Shared` classes. */
  readonly owner: string
  readonly hosting: HostingOptions
  /** What was chosen to be exposed; undefined leaves it to `@Exposed`. */
  readonly exposed: ExposedChoice | undefined

  constructor(facts: RegistrationFacts) {
    this.typeid = facts.typeid
    this.module = facts.module
    this.owner = facts.owner
    this.hosting = facts.hosting
    this.exposed = facts.exposed
  }

  /** Makes an instance. @throws what the class or the factory throws */
  abstract make(args: readonly unknown[]): object | Promise<object>

  /**
   * The type of an instance that this registration made: the same object for the same members. All instances of a class have
   * the same.
   *
   * @throws ManagerError `NOTHING_EXPOSED`, or a TypeError, where the choice of what is exposed is wrong
   */
  abstract typeOf(instance: object): ObjectType
}

export type RegistrationFacts = Pick<RegistrationBase, 'typeid' | 'module' | 'owner' | 'hosting' | 'exposed'>

/** A registered class. */
export class ClassRegistration extends RegistrationBase {
  readonly isClass = true
  readonly target: AnyClass
  /** Made on first use: a process knows far more classes than it hosts. */
  #type: ObjectType | undefined

  constructor(target: AnyClass, facts: RegistrationFacts) {
    super(facts)
    this.target = target
  }

  override make(args: readonly unknown[]): object {
    return Reflect.construct(this.target, args) as object
  }

  override typeOf(): ObjectType {
    this.#type ??= objectType(this.#subject(), this)
    return this.#type
  }

  #subject(): Subject {
    const { target: Class, typeid } = this
    return { holder: Class.prototype as object, Class, name: Class.name || typeid }
  }
}

export class FactoryRegistration extends RegistrationBase {
  readonly isClass = false
  readonly target: (...args: never[]) => object | Promise<object>
  // By prototype, or by object where that has its members itself.
  readonly #types = new WeakMap<object, ObjectType>()

  constructor(target: FactoryRegistration['target'], facts: RegistrationFacts) {
    super(facts)
    this.target = target
  }

  /** @throws TypeError, or rejects with one, when the factory returns no object */
  override make(args: readonly unknown[]): object | Promise<object> {
    const made: unknown = Reflect.apply(this.target, undefined, args)
    return made instanceof Promise ? made.then((instance: unknown) => this.#accept(instance)) : this.#accept(made)
  }

  override typeOf(instance: object): ObjectType {
    const holder = holderOf(instance)
    const known = this.#types.get(holder)
    if (known !== undefined) return known
    const type = objectType(this.#subjectOf(holder), this)
    this.#types.set(holder, type)
    return type
  }

  #accept(made: unknown): object {
    if (typeof made === 'object' && made !== null) return made
    throw new TypeError(
      `the factory of ${this.typeid} returned ${made === null ? 'null' : typeof made}, not an object to host`,
    )
  }

  #subjectOf(holder: object): Subject {
    const constructor: unknown = findProperty(holder, 'constructor')?.value
    const Class = isClass(constructor) ? constructor : undefined
    return { holder, Class, name: Class?.name ?? `the object that the factory of ${this.typeid} made` }
  }
}

function objectType(subject: Subject, { typeid, exposed, hosting }: RegistrationFacts): ObjectType {
  const members = chooseMembers(subject, exposed)
  assertIterates(subject.name, hosting, members)
  return { kind: 'object', typeid, members, hosting }
}

/** Whether a value was declared with `class`: only then a function's prototype isn't writable. */
export function isClass(value: unknown): value is AnyClass {
  return typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}

/** The object that has the members: the prototype, or a plain object itself. */
function holderOf(instance: object): object {
  const prototype: unknown = Object.getPrototypeOf(instance)
  const isPlain = typeof prototype !== 'object' || prototype === null || prototype === Object.prototype
  return isPlain ? instance : prototype
}

/** The class or object whose members are chosen. */
interface Subject {
  /** The prototype of a class, or an object that has its members itself. */
  readonly holder: object
  /** The class whose `@Exposed` members count where nothing is chosen. */
  readonly Class: AnyClass | undefined
  /** Its name in error messages. */
  readonly name: string
}

/**
 * The chosen members of `subject`; without a choice, those with `@Exposed`. No getter is run.
 *
 * @throws ManagerError `NOTHING_EXPOSED` when there are none, or the choice names an unknown member
 * @throws TypeError for a member that can't be exposed, or a choice of another type
 */
function chooseMembers(subject: Subject, choice: ExposedChoice | undefined): Members {
  const members = choose(subject, choice)
  if (members.size > 0) return members
  const fix = "add @Exposed to its members, or register it with exposed: ['name', ...] or exposed: 'public'"
  throw new ManagerError('NOTHING_EXPOSED', `${subject.name} exposes nothing; ${fix}`)
}

function choose(subject: Subject, choice: ExposedChoice | undefined): Members {
  if (choice === undefined) return subject.Class === undefined ? new Map() : membersOf(subject.Class)
  if (choice === 'public') return publicMethods(subject.holder)
  assertNames(choice, subject.name)
  return new Map(choice.map((name) => [name, namedMember(subject, name)]))
}

function assertNames(choice: unknown, subject: string): void {
  if (Array.isArray(choice) && choice.every((name) => typeof name === 'string')) return
  throw mustBe(`exposed of ${subject}`, choice, "'public' or an array of names")
}

function publicMethods(holder: object): Members {
  const names = exposableNames(holder).filter((name) => !name.startsWith('_'))
  const methods = names.flatMap((name): [string, Member][] => {
    const member = memberOf(findProperty(holder, name), property)
    return member?.kind === 'method' || member?.kind === 'generator' ? [[name, member]] : []
  })
  return new Map(methods)
}

function exposableNames(object: object): string[] {
  const names = [...holdersOf(object)].flatMap((holder) => Object.getOwnPropertyNames(holder))
  return [...new Set(names)].filter((name) => refusalOf(name) === undefined)
}

function namedMember(subject: Subject, name: string): Member {
  assertExposable(name, subject.name)
  const found = findProperty(subject.holder, name)
  if (found === undefined) throw unknownMember(subject, name)
  const member = memberOf(found, property)
  if (member === undefined) throw notExposable(name, 'it is a field. Write a getter for it', subject.name)
  return member
}

function unknownMember({ holder, name: subject }: Subject, name: string): ManagerError {
  const candidates = nearest(name, exposableNames(holder), 3)
  const hint = candidates.length > 0 ? `; it has ${candidates.join(', ')}` : ''
  return new ManagerError('NOTHING_EXPOSED', `${subject} has no method or accessor ${name} to expose${hint}`)
}

/** What a typeid is to be registered for. */
export interface TypeidClaim {
  readonly target: AnyClass | ((...args: never[]) => unknown)
  readonly module: string | undefined
}

/**
 * Checks that `claim` may take a typeid that `earlier` has: only if it is the same definition, evaluated again.
 *
 * @throws ManagerError `DUPLICATE_TYPEID`, naming both files and `fix`
 */
export function assertUnclaimed(
  typeid: string,
  earlier: TypeidClaim | undefined,
  claim: TypeidClaim,
  fix: string,
): void {
  if (earlier === undefined || isSameDefinition(earlier, claim)) return
  const claims = `${describe(earlier)} and ${describe(claim)}`
  throw new ManagerError('DUPLICATE_TYPEID', `the typeid ${typeid} is claimed by ${claims}; ${fix}`)
}

function isSameDefinition(one: TypeidClaim, other: TypeidClaim): boolean {
  if (one.target === other.target) return true
  if (!isSameModule(one.module, other.module)) return false
  // Two URLs of one file: it was loaded again, as by hot reloading, and its text may have been edited.
  return one.module !== other.module || sourceOf(one.target) === sourceOf(other.target)
}

function sourceOf(target: TypeidClaim['target']): string {
  return Function.prototype.toString.call(target)
}

function describe({ target, module }: TypeidClaim): string {
  return `${target.name || 'an anonymous function'} in ${module ?? 'an unknown file'}`
}
