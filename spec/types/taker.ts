import { Exposed, isManagerError, type Remote, Shared, type SharedQueue } from 'referent'

/** Takes an item from a queue of somebody else's, and tells what came of that. */
@Shared()
export class Taker {
  #outcome: Promise<string> = Promise.resolve('nothing')

  @Exposed
  begin(queue: Remote<SharedQueue<string>>): void {
    this.#outcome = queue.get().then(String, (error: unknown) => (isManagerError(error) ? error.code : String(error)))
  }

  @Exposed
  outcome(): Promise<string> {
    return this.#outcome
  }
}
