/**
 * A promise whose rejection ends no process: where nobody has taken it when it rejects, that is reported. Who takes it
 * later gets the rejection all the same. What is derived from it is an ordinary promise.
 */
export class ReportedPromise<T> extends Promise<T> {
  #isTaken = false

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** As `promise`, which this takes. */
  static of<T>(promise: Promise<T>, report: (error: unknown) => void): Promise<T> {
    const reported = new ReportedPromise<T>((resolve, reject) => void promise.then(resolve, reject))
    reported.#watch(report)
    return reported
  }

  /** An `await` comes by here too, as this is no promise of the built-in class itself. */
  // oxlint-disable-next-line unicorn/no-thenable -- that of a promise, which each promise has
  override then<R = T, E = never>(
    resolved?: ((value: T) => R | PromiseLike<R>) | null,
    rejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.#isTaken = true
    return super.then(resolved, rejected)
  }

  #watch(report: (error: unknown) => void): void {
    const told = (error: unknown): void => {
      if (!this.#isTaken) report(error)
    }
    // A turn of the event loop later: an `await` takes a promise a microtask after it was made.
    super.then(undefined, (error: unknown) => void setTimeout(told, 0, error))
  }
}
