import type { CurrentCall } from '../../call-context.ts'

/** Tells whether what calls take along has arrived with their answers. */
export class Arrivals {
  /** Their answers have arrived, or never will. */
  readonly #settled = new WeakSet<CurrentCall>()

  /**
   * Resolves when it is known whether the caller has got the answer. Undefined where nothing is taken along: outside of a
   * call, and in code that goes on after its call was answered, which keeps for itself what it takes.
   */
  of(call: CurrentCall | undefined): Promise<boolean> | undefined {
    return call === undefined || this.#settled.has(call) ? undefined : this.#settle(call)
  }

  #settle(call: CurrentCall): Promise<boolean> {
    const settle = (hasArrived: boolean): boolean => {
      this.#settled.add(call)
      return hasArrived
    }
    // It is rejected where it was asked for after the answer.
    return call.delivered.then(settle, () => settle(true))
  }
}
