import { type Checks, isBoolean, isOneOf, isText, mustBe } from '../options.ts'
import { type ArgumentsSchema, isSchema } from './arguments-schema.ts'
import { assertExposable, type Members } from './member.ts'

/**
 * How concurrent calls of one referent run. `'interleaved'`, the default: as async methods do, another call may run at
 * each `await`. `'serial'`: one call at a time, in the order of their arrival, except that calls made for the running one
 * run at once, and `readonly` ones side by side.
 */
export type Concurrency = 'interleaved' | 'serial'

/** How the instances of a class are hosted. */
export interface HostingOptions {
  /**
   * What `snapshot(proxy)` copies: the properties of these names, own ones or getters; with `true` all own enumerable
   * data properties, TypeScript's `private` ones included, except those whose name begins with `_`. Without it, `snapshot`
   * is refused.
   */
  readonly snapshot?: boolean | readonly string[]
  /** `'serial'`: one call at a time in the order of their arrival, as `Concurrency` says. */
  readonly concurrency?: Concurrency
  /**
   * `true`: the server disposes of an instance when its last reference is released, collected, or lost with the process
   * that held it; also of one that a method made, or that other objects of the server have. For what belongs to the
   * processes that hold it, such as a guard or a cursor. Without it, the server disposes only of what `create` or `named`
   * made.
   */
  readonly disposeOnRelease?: boolean
  /**
   * What `for await (const item of proxy)` runs: an exposed generator, as `'values'`; or an exposed method that returns one
   * step, `{ done, value }`, per call, where an item that was sent ahead and not used would be lost.
   */
  readonly iterator?: string | undefined
  /**
   * `'own'`: all own properties of the instance can be read and assigned without being exposed, except those whose name
   * begins with `_`. Assigning creates one that isn't there.
   */
  readonly properties?: 'exposed' | 'own' | undefined
  /**
   * What the arguments that `create` and `named` pass must be, as the schema of a list. The constructor, or the factory,
   * gets what the schema makes of them; what it refuses rejects with `BAD_ARGUMENTS`, and nothing is made.
   */
  readonly args?: ArgumentsSchema
}

/** For options that include these. */
export const hostingChecks: Checks<HostingOptions> = {
  snapshot: isSnapshotChoice,
  concurrency: isOneOf('interleaved', 'serial'),
  disposeOnRelease: isBoolean,
  iterator: isText,
  properties: isOneOf('exposed', 'own'),
  args: isSchema,
}

function isSnapshotChoice(name: string, value: unknown): void {
  if (typeof value === 'boolean') return
  if (!Array.isArray(value)) throw mustBe(name, value, 'true, false or an array of names')
  for (const field of value) {
    isText(`a name in ${name}`, field)
    assertExposable(String(field))
  }
}

/** @throws TypeError where the chosen iterator is no exposed method */
export function assertIterates(name: string, { iterator }: HostingOptions, members: Members): void {
  if (iterator === undefined) return
  const kind = members.get(iterator)?.kind
  if (kind === 'generator' || kind === 'method') return
  throw new TypeError(`${name}.${iterator} can't be its iterator: it is no exposed method`)
}
