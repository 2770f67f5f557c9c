import { type Member, type MemberKind, type MemberOptions, type Members, refusalOf } from '../decorators/member.ts'
import { ManagerError } from '../errors.ts'
import { areCaveats } from './caveats.ts'
import { describedName, maxNameLength, maxReferenceLength } from './limits.ts'
import { isRecord } from './reader.ts'
import type { StreamId, TargetId } from './message.ts'

/** A member as it is sent, with its options if it has any. */
type MemberEntry = readonly [name: string, kind: MemberKind, options?: Omit<MemberOptions, 'args'>]

/** What the proxy of a referent is: an object, a function to call, or a stream to write to. */
export type ReferentKind = 'object' | 'function' | 'sink'

/** What a holder must know of a type to make a proxy for it. Sent once per session, with the first reference. */
export interface Shape {
  readonly kind: ReferentKind
  readonly typeid: string
  readonly members: readonly MemberEntry[]
  /** The member that iterates over the whole: a generator, or a method that returns one step. */
  readonly iterator?: string | undefined
  /** `own`: it has properties of every other name too, as a namespace has. */
  readonly properties?: 'own' | undefined
}

/** The members in the form that a shape has. Schemas of arguments stay with the host. */
export function entriesOf(members: Members): MemberEntry[] {
  return [...members].map(([name, member]): MemberEntry => {
    const { kind, args: _, ...options } = member
    return Object.keys(options).length === 0 ? [name, kind] : [name, kind, options]
  })
}

/** The shape without anything else that its peer has written into it: it is kept for as long as the session. */
export function plainShape({ kind, typeid, members, iterator, properties }: Shape): Shape {
  return { kind, typeid, members: members.map(plainEntry), iterator, properties }
}

function plainEntry([name, kind, options]: MemberEntry): MemberEntry {
  if (options === undefined) return [name, kind]
  const { timeoutMs, readonly, idempotent, settlesAfterAbort, stepwise } = options
  const known = Object.entries({ timeoutMs, readonly, idempotent, settlesAfterAbort, stepwise })
  return [name, kind, Object.fromEntries(known.filter(([, value]) => value !== undefined))]
}

/** What a shape counts for, against `maxDescribed`. */
export function weightOf({ typeid, members }: Shape): number {
  return members.reduce((sum, [name]) => sum + name.length + describedName, typeid.length + describedName)
}

/** The members of a shape. */
export function membersOf({ members }: Shape): Members {
  return new Map(members.map(([name, kind, options]): [string, Member] => [name, { ...options, kind }]))
}

/** A referent, and what was taken away of it. */
interface Narrowing {
  readonly id: TargetId
  readonly caveats: readonly string[]
}

/**
 * One more reference to a referent of the sender; `type` numbers its shape within the session. Where it is `narrowed`, its id
 * is of the session alone.
 */
export type ReferentDescriptor = {
  readonly kind: 'referent'
  readonly id: TargetId
  readonly type: number
  readonly secret: string
  readonly narrowed?: Narrowing
  readonly shape?: Shape
}

/** The forms in which a value that crosses by reference is described. */
export type Descriptor =
  | ReferentDescriptor
  /** A referent of the receiver, which the sender holds a reference to. */
  | { readonly kind: 'home'; readonly id: TargetId }
  /** A referent that the sender reaches by another session, as its portable reference. */
  | { readonly kind: 'portable'; readonly reference: string; readonly shape: Shape }
  /** A stream that the sender produces. */
  | { readonly kind: 'stream'; readonly id: StreamId }

/** @throws ManagerError `PROTOCOL` for what isn't a descriptor */
export function parseDescriptor(json: Readonly<Record<string, unknown>>): Descriptor {
  if (!isDescriptor(json)) throw new ManagerError('PROTOCOL', 'the peer sent a reference of no known form')
  return json
}

function isDescriptor(json: Readonly<Record<string, unknown>>): json is Descriptor & Readonly<Record<string, unknown>> {
  switch (json['kind']) {
    case 'referent':
      return (
        isId(json['id']) &&
        isId(json['type']) &&
        isText(json['secret'], maxNameLength) &&
        (json['narrowed'] === undefined || isNarrowing(json['narrowed'])) &&
        (json['shape'] === undefined || isShape(json['shape']))
      )
    case 'home':
    case 'stream':
      return isId(json['id'])
    case 'portable':
      return isText(json['reference'], maxReferenceLength) && isShape(json['shape'])
    default:
      return false
  }
}

function isText(json: unknown, maxLength: number): json is string {
  return typeof json === 'string' && json.length <= maxLength
}

function isNarrowing(json: unknown): boolean {
  return isRecord(json) && isId(json['id']) && areCaveats(json['caveats'])
}

function isId(json: unknown): json is number {
  return Number.isSafeInteger(json) && (json as number) >= 0
}

function isShape(json: unknown): json is Shape {
  return (
    isRecord(json) &&
    ['object', 'function', 'sink'].includes(String(json['kind'])) &&
    isText(json['typeid'], maxNameLength) &&
    Array.isArray(json['members']) &&
    json['members'].every(isMemberEntry) &&
    (json['iterator'] === undefined || isText(json['iterator'], maxNameLength)) &&
    (json['properties'] === undefined || json['properties'] === 'own')
  )
}

const memberKinds: readonly unknown[] = ['method', 'generator', 'get', 'set', 'get set'] satisfies MemberKind[]

function isMemberEntry(json: unknown): boolean {
  return (
    Array.isArray(json) &&
    isText(json[0], maxNameLength) &&
    // An `await` of a proxy would call its `then`.
    refusalOf(json[0]) === undefined &&
    memberKinds.includes(json[1]) &&
    (json[2] === undefined || isMemberOptions(json[2]))
  )
}

function isMemberOptions(json: unknown): boolean {
  if (!isRecord(json)) return false
  const { timeoutMs, readonly, idempotent, settlesAfterAbort, stepwise } = json
  const flags = [readonly, idempotent, settlesAfterAbort, stepwise]
  const areFlags = flags.every((flag) => flag === undefined || typeof flag === 'boolean')
  return areFlags && (timeoutMs === undefined || isTime(timeoutMs))
}

function isTime(json: unknown): boolean {
  return typeof json === 'number' && json >= 0
}
