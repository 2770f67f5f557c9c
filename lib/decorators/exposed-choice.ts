import { ManagerError } from '../errors.ts'
import { mustBe, nearest } from '../options.ts'
import { assertExposable, type Member, memberOf, type Members, notExposable, property, refusalOf } from './member.ts'
import { type AnyClass, findProperty, holdersOf, membersOf } from './metadata.ts'

/**
 * What to expose of a class that isn't decorated: members by name, or `'public'`: all methods whose names don't begin
 * with `_`, and no accessors, which is the default of Python's managers.
 */
export type ExposedChoice = readonly string[] | 'public'

/** The class or object whose members are chosen. */
export interface Subject {
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
export function chooseMembers(subject: Subject, choice: ExposedChoice | undefined): Members {
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
