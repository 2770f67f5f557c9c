import { type Checks, isListOf, isText, isTime, nearest } from '../options.ts'
import type { Caveat } from '../wire/caveats.ts'
import type { RemoteType } from './remote-type.ts'

/** What a reference is to open, beside what the proxy itself does not. */
export interface ReferenceOptions<Name extends string = string> {
  /**
   * The members that can be used: methods, generators and properties, by their names. Without it, all that the proxy has. No
   * others can be reached by the reference, nor can the state be copied (`snapshot`).
   */
  readonly methods?: readonly Name[]
  /**
   * For how long, in milliseconds from now on, more than 0: then calls reject with `EXPIRED`, and what runs is aborted. It ends
   * by the clock of the server. Without it, as long as the referent lives.
   */
  readonly expiresInMs?: number
}

export const referenceChecks: Checks<ReferenceOptions> = { methods: isListOf(isText), expiresInMs: isTime }

/**
 * What these options take away, as a caveat; undefined where that is nothing.
 * @throws RangeError for no members, a time that isn't more than 0, or one that no date has; TypeError for a member that
 * isn't there
 */
export function caveatOf(type: RemoteType, { methods, expiresInMs }: ReferenceOptions): string | undefined {
  if (methods === undefined && expiresInMs === undefined) return undefined
  const caveat: Caveat = {
    ...(methods === undefined ? {} : { members: membersFor(type, methods) }),
    ...(expiresInMs === undefined ? {} : { until: endOf(expiresInMs) }),
  }
  return JSON.stringify(caveat)
}

/** Sorted, so that the same members make the same reference. */
function membersFor(type: RemoteType, methods: readonly string[]): string[] {
  if (methods.length === 0) throw new RangeError('refOf: methods is empty; name one that the reference is for')
  for (const name of methods) if (type.member(name) === undefined) throw unknownMember(type, name)
  return [...new Set(methods)].toSorted()
}

function unknownMember({ typeid, members }: RemoteType, name: string): TypeError {
  const near = nearest(name, [...members.keys()], 3)
  const known = near.length === 0 ? 'there are none' : `such as ${near.join(', ')}`
  return new TypeError(
    `refOf: methods has '${name}', which is no member of ${typeid} that this proxy can use: ${known}`,
  )
}

function endOf(expiresInMs: number): number {
  const until = Math.ceil(Date.now() + expiresInMs)
  if (expiresInMs > 0 && !Number.isNaN(new Date(until).getTime())) return until
  throw new RangeError(`refOf: expiresInMs is ${expiresInMs}; it must be more than 0, and end at a date`)
}
