import { ManagerError } from '../errors.ts'
import { maxCaveatBytes, maxCaveats } from './limits.ts'
import { isRecord } from './reader.ts'

/** What a reference was narrowed to: one of its caveats, each of which takes something away. */
export interface Caveat {
  /** The members that can be used; without it, all that are exposed. */
  readonly members?: readonly string[]
  /** Until when, in milliseconds since 1970 by the clock of the server; without it, as long as the referent lives. */
  readonly until?: number
}

/** What is left of the rights to a referent when all caveats have taken theirs. */
export class Rights {
  /** The members that can be used; undefined: all that are exposed. */
  readonly members: ReadonlySet<string> | undefined
  /** Until when, in milliseconds since 1970; Infinity: as long as the referent lives. */
  readonly untilMs: number

  /** @throws ManagerError `PROTOCOL` for a caveat of no known form: one that isn't understood can't be kept to */
  constructor(caveats: readonly string[]) {
    let members: ReadonlySet<string> | undefined
    let untilMs = Infinity
    for (const { members: named, until = Infinity } of caveats.map(parseCaveat)) {
      if (named !== undefined) members = new Set(named.filter((name) => members?.has(name) !== false))
      untilMs = Math.min(untilMs, until)
    }
    this.members = members
    this.untilMs = untilMs
  }

  allows(name: string): boolean {
    return this.members?.has(name) !== false
  }

  get isExpired(): boolean {
    return Date.now() >= this.untilMs
  }

  /** @throws ManagerError `EXPIRED` from the end of the time on */
  refuseExpired(typeid: string): void {
    if (this.isExpired) throw this.expired(typeid)
  }

  expired(typeid: string): ManagerError {
    const end = new Date(this.untilMs).toISOString()
    return new ManagerError('EXPIRED', `this reference to a ${typeid} was good until ${end}; ask for another one`)
  }
}

/** What the use of a member is refused with that a reference was narrowed to others than. */
export function notAmong(typeid: string, name: string, options: { delivery?: 'not-sent' } = {}): ManagerError {
  const message = `${typeid}.${name} is not among the members that this reference was narrowed to`
  return new ManagerError('NOT_EXPOSED', message, options)
}

/** Whether these can be the caveats of a reference, whatever they say. */
export function areCaveats(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((each) => typeof each === 'string') && hasPlace(given)
}

function hasPlace(caveats: readonly string[]): boolean {
  return caveats.length <= maxCaveats && new TextEncoder().encode(JSON.stringify(caveats)).byteLength <= maxCaveatBytes
}

function parseCaveat(text: string): Caveat {
  const caveat: unknown = attempt(() => JSON.parse(text))
  if (isRecord(caveat) && Object.entries(caveat).every(([name, value]) => isPart(name, value))) return caveat
  throw new ManagerError('PROTOCOL', 'a reference was narrowed in a way that is not known here')
}

function isPart(name: string, value: unknown): boolean {
  if (name === 'members') return Array.isArray(value) && value.every((each) => typeof each === 'string')
  return name === 'until' && Number.isSafeInteger(value) && (value as number) >= 0
}

function attempt(parse: () => unknown): unknown {
  try {
    return parse()
  } catch {
    return undefined
  }
}
