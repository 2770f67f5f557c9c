import { ManagerError } from '../errors.ts'
import { assertExposable, notExposable, refusalOf } from './exposable.ts'
import {
  type AnyClass,
  type Exposure,
  exposureOf,
  type Exposures,
  exposuresOf,
  findMember,
  holdersOf,
} from './metadata.ts'
import { mustBe } from '../options.ts'
import { nearest } from './nearest.ts'

/**
 * What to expose of a class that isn't decorated: members by name, or `'public'`: all methods whose names don't begin
 * with `_`, and no accessors, which is the default of Python's managers.
 */
export type ExposedChoice = readonly string[] | 'public'

/** Whose members are chosen from. */
export interface Subject {
  /** The prototype of a class, or an object that has its members itself. */
  readonly members: object
  /** The class whose `@Exposed` members are taken where nothing is chosen. */
  readonly Class: AnyClass | undefined
  /** What errors call it. */
  readonly name: string
}

/**
 * The chosen exposures of `subject`; without a choice, those that `@Exposed` marks. No getter is run.
 *
 * @throws ManagerError `NOTHING_EXPOSED` when that is nothing, or names an unknown member
 * @throws TypeError for a member that can't be exposed, or a choice that is none
 */
export function chooseExposures(subject: Subject, choice: ExposedChoice | undefined): Exposures {
  const exposures = choose(subject, choice)
  if (exposures.size > 0) return exposures
  const fix = "add @Exposed to its members, or register it with exposed: ['name', ...] or exposed: 'public'"
  throw new ManagerError('NOTHING_EXPOSED', `${subject.name} exposes nothing; ${fix}`)
}

function choose(subject: Subject, choice: ExposedChoice | undefined): Exposures {
  if (choice === undefined) return subject.Class === undefined ? new Map() : exposuresOf(subject.Class)
  if (choice === 'public') return publicMethods(subject.members)
  assertNames(choice, subject.name)
  return new Map(choice.map((name) => [name, namedMember(subject, name)]))
}

function assertNames(choice: unknown, subject: string): void {
  if (Array.isArray(choice) && choice.every((name) => typeof name === 'string')) return
  throw mustBe(`exposed of ${subject}`, choice, "'public' or an array of names")
}

function publicMethods(members: object): Exposures {
  const methods = new Map<string, Exposure>()
  for (const name of exposableNames(members)) {
    const exposure = exposureOf(findMember(members, name), everything)
    if (exposure !== undefined && exposure.kind !== 'property' && !name.startsWith('_')) methods.set(name, exposure)
  }
  return methods
}

const everything = { readable: true, writable: true }

function exposableNames(members: object): string[] {
  const names = [...holdersOf(members)].flatMap((holder) => Object.getOwnPropertyNames(holder))
  return [...new Set(names)].filter((name) => refusalOf(name) === undefined)
}

function namedMember(subject: Subject, name: string): Exposure {
  assertExposable(name, subject.name)
  const member = findMember(subject.members, name)
  if (member === undefined) throw unknownMember(subject, name)
  const exposure = exposureOf(member, everything)
  if (exposure === undefined) throw notExposable(name, 'it is a field. Write a getter for it', subject.name)
  return exposure
}

function unknownMember({ members, name: subject }: Subject, name: string): ManagerError {
  const candidates = nearest(name, exposableNames(members), 3)
  const hint = candidates.length > 0 ? `; it has ${candidates.join(', ')}` : ''
  return new ManagerError('NOTHING_EXPOSED', `${subject} has no method or accessor ${name} to expose${hint}`)
}
