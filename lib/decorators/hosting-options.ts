import { type Checks, isBoolean, isOneOf, isText, mustBe } from '../options.ts'
import { assertExposable, type Members } from './member.ts'

/**
 * How calls of one referent go together. `'interleaved'`, the default, is what async methods do: another call may run
 * at each `await`. `'serial'`: one call runs at a time, in the order of their coming, but for calls that are made for
 * the running one, which come in at once, and for `readonly` ones, which run side by side.
 */
export type Concurrency = 'interleaved' | 'serial'

/** How the instances of a class are hosted. */
export interface HostingOptions {
  /**
   * What `snapshot(proxy)` copies: the properties of these names, own ones or getters; or with `true` all enumerable
   * properties of the instance's own but for those whose name begins with `_`, which are also those that TypeScript calls
   * `private`. Without it, `snapshot` is refused.
   */
  readonly snapshot?: boolean | readonly string[]
  /** `'serial'`: one call at a time in the order of their coming, as `Concurrency` says. */
  readonly concurrency?: Concurrency
  /**
   * `true`: the server disposes of an instance when the last reference to it goes (released, collected, or lost with its
   * holder), also of one that a method made, and of one that other objects of the server have: for what belongs to the
   * processes that hold it, such as a guard or a cursor. Without it, only of what `create` or `named` made.
   */
  readonly disposeOnRelease?: boolean
  /**
   * What `for await (const item of proxy)` runs: an exposed generator, `'values'`; or an exposed method that gives one
   * step, `{ done, value }`, each time it is called, where what has left and isn't taken would be missed.
   */
  readonly iterator?: string | undefined
  /**
   * `'own'`: any property of the instance's own can be read and assigned without being exposed, but for those whose name
   * begins with `_`. Assigning makes one that isn't there.
   */
  readonly properties?: 'exposed' | 'own' | undefined
}

/** For the option bags that have these. */
export const hostingChecks: Checks<HostingOptions> = {
  snapshot: isSnapshotChoice,
  concurrency: isOneOf('interleaved', 'serial'),
  disposeOnRelease: isBoolean,
  iterator: isText,
  properties: isOneOf('exposed', 'own'),
}

function isSnapshotChoice(name: string, value: unknown): void {
  if (typeof value === 'boolean') return
  if (!Array.isArray(value)) throw mustBe(name, value, 'true, false or an array of names')
  for (const field of value) {
    isText(`a name in ${name}`, field)
    assertExposable(String(field))
  }
}

/** @throws TypeError where the iterator that was chosen is no exposed method */
export function assertIterates(name: string, { iterator }: HostingOptions, members: Members): void {
  if (iterator === undefined) return
  const kind = members.get(iterator)?.kind
  if (kind === 'generator' || kind === 'method') return
  throw new TypeError(`${name}.${iterator} can't be its iterator: it is no exposed method`)
}
