import type { NamedTarget } from '../process.ts'
import { type Target, targetOf } from '../target.ts'

/** A function that workers run, and the number that a pool knows it by. */
export interface PoolFunction {
  readonly number: number
  readonly target: Target
}

/** The functions of one pool: each has one number, so that a worker looks for it once. */
export class Functions {
  readonly #known = new Map<string, PoolFunction>()

  /**
   * @param module where the caller of the public method lives
   * @throws TypeError for a function that no other process can find
   */
  of(fn: unknown, module: string | undefined): PoolFunction {
    const target = isNamed(fn) ? { module: fn.module, name: fn.name } : targetOf(fn, module, 'the function of a task')
    const key = JSON.stringify([target.module, target.name, 'source' in target ? target.source : undefined])
    const known = this.#known.get(key) ?? { number: this.#known.size, target }
    this.#known.set(key, known)
    return known
  }
}

export function isNamed(fn: unknown): fn is NamedTarget {
  if (typeof fn !== 'object' || fn === null) return false
  return 'module' in fn && typeof fn.module === 'string' && 'name' in fn && typeof fn.name === 'string'
}
