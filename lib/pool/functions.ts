import { modulesOf, type Target, targetOf } from '../process/target.ts'

/** A function that workers run, and the number that a pool knows it by. */
export interface PoolFunction {
  readonly number: number
  readonly target: Target
}

/** The functions of one pool: each has one number, so that a worker looks for it once. */
export class Functions {
  readonly #known = new Map<string, PoolFunction>()
  /** Those that were given by themselves, by the module that made the call. */
  readonly #given = new WeakMap<object, Map<string | undefined, PoolFunction>>()

  /**
   * @param caller the module that calls the public method
   * @throws TypeError for a function that no other process can find
   */
  of(fn: unknown, caller: string | undefined): PoolFunction {
    if (typeof fn !== 'function') return this.#numbered(targetOf(fn, caller, what))
    const given = this.#given.get(fn) ?? new Map<string | undefined, PoolFunction>()
    const numbered = given.get(caller) ?? this.#numbered(targetOf(fn, caller, what))
    this.#given.set(fn, given.set(caller, numbered))
    return numbered
  }

  #numbered(target: Target): PoolFunction {
    const key = JSON.stringify([modulesOf(target), target.name, target.source])
    const known = this.#known.get(key) ?? { number: this.#known.size, target }
    this.#known.set(key, known)
    return known
  }
}

const what = 'the function of a task'
