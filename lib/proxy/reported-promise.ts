/**
 * A promise whose rejection doesn't end the process: where it has no handler when it rejects, the rejection is reported.
 * Handlers that are added later get it all the same. Derived promises are ordinary ones.
 */
export class ReportedPromise<T> extends Promise<T> {
  #isTaken = false

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** Like `promise`. */
  static of<T>(promise: Promise<T>, report: (error: unknown) => void): Promise<T> {
    const reported = new ReportedPromise<T>((resolve, reject) => void promise.then(resolve, reject))
    reported.#watch(report)
    return reported
  }

  /** `await` calls this too, as the class isn't the built-in one. */
  // oxlint-disable-next-line unicorn/no-thenable -- a subclass of Promise overrides its `then`, to see whether somebody handles the rejection
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
    // A turn of the event loop later: `await` adds its handler a microtask after the promise was made.
    super.then(undefined, (error: unknown) => void setTimeout(told, 0, error))
  }
}
