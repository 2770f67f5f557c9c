type Step = IteratorResult<unknown, unknown>

/**
 * Iterates by a method that gives one step at a time: nothing is taken ahead of its consumer, so that nothing is lost
 * where that stops.
 */
export class StepIterator implements AsyncIterableIterator<unknown> {
  readonly #step: () => Promise<unknown>
  #isOver = false

  constructor(step: () => Promise<unknown>) {
    this.#step = step
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws (as a rejection) what the method throws, and TypeError where it gives something else; that ends it */
  async next(): Promise<Step> {
    if (this.#isOver) return { done: true, value: undefined }
    this.#isOver = true
    const step = await this.#step()
    if (!isStep(step)) throw new TypeError('the method that iterates gave no { done, value }')
    this.#isOver = step.done === true
    return step
  }

  async return(value?: unknown): Promise<Step> {
    this.#isOver = true
    return { done: true, value }
  }
}

function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'done') === 'boolean'
}
