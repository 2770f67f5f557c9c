import type { Exposures } from './metadata.ts'

/**
 * How calls of one referent go together. `'interleaved'`, the default, is what async methods do: another call may run
 * at each `await`. `'serial'`: one call runs at a time, in the order of their coming, but for calls that are made for
 * the running one, which come in at once, and for `readonly` ones, which run side by side.
 */
export type Concurrency = 'interleaved' | 'serial'

/** How the instances of a class are served. */
export interface ConductOptions {
  /** `false` refuses `snapshot(proxy)`: the state of the referent never leaves it whole. */
  readonly snapshot?: boolean
  /** `'serial'`: one call at a time in the order of their coming, as `Concurrency` says. */
  readonly concurrency?: Concurrency
  /**
   * `true`: the server disposes of an instance when the last reference to it goes (released, collected, or lost with its
   * holder), also of one that a method made, and of one that other objects of the server have: for what belongs to the
   * processes that hold it, such as a guard or a cursor. Without it, only of what `create` or `named` made.
   */
  readonly disposeUnheld?: boolean
  /**
   * What `for await (const item of proxy)` runs: an exposed generator, `'values'`; or an exposed method that gives one
   * step, `{ done, value }`, each time it is called, where what has left and isn't taken would be missed.
   */
  readonly iterator?: string
  /**
   * `'own'`: any property of the instance's own can be read and assigned without being exposed, but for those whose name
   * begins with `_`. Assigning makes one that isn't there.
   */
  readonly properties?: 'exposed' | 'own'
}

/** `ConductOptions` with nothing left open. */
export type Conduct = Readonly<Required<Omit<ConductOptions, 'iterator'>>> & { readonly iterator: string | undefined }

/** @throws TypeError for what can't be chosen */
export function conductOf(options: ConductOptions): Conduct {
  const {
    snapshot = true,
    concurrency = 'interleaved',
    disposeUnheld = false,
    iterator,
    properties = 'exposed',
  } = options
  if (!['interleaved', 'serial'].includes(concurrency)) {
    throw new TypeError(`concurrency is '${concurrency}'; it must be 'interleaved' or 'serial'`)
  }
  if (!['exposed', 'own'].includes(properties)) {
    throw new TypeError(`properties is '${properties}'; it must be 'exposed' or 'own'`)
  }
  return { snapshot, concurrency, disposeUnheld, iterator, properties }
}

/** @throws TypeError where the iterator that was chosen is no exposed method */
export function assertIterates(name: string, { iterator }: Conduct, exposures: Exposures): void {
  if (iterator === undefined) return
  const kind = exposures.get(iterator)?.kind
  if (kind === 'generator' || kind === 'method') return
  throw new TypeError(`${name}.${iterator} can't be its iterator: it is no exposed method`)
}
