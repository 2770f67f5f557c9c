import { Exposed, Shared } from 'referent'
import { Changes, type WatchOptions } from '../../lib/types/containers/changes.ts'

/** Tells changes as the containers do, and whether anybody watches. */
@Shared()
export class Watched {
  readonly #changes = new Changes<number>()

  @Exposed
  async watch(options?: WatchOptions): Promise<AsyncGenerator<number, void, undefined>> {
    return this.#changes.watch(options)
  }

  @Exposed
  tell(...numbers: number[]): void {
    for (const number of numbers) this.#changes.tell(number)
  }

  @Exposed
  get areWatched(): boolean {
    return this.#changes.areWatched
  }
}
