import { Exposed, type Remote, Shared, SharedBarrier, type SharedEvent } from 'referent'

/** Keeps a barrier whose action belongs to who made it. */
@Shared()
export class BarrierMaker {
  #barrier: SharedBarrier | undefined

  @Exposed
  make(parties: number, action: () => unknown): void {
    this.#barrier = new SharedBarrier(parties, { action })
  }

  @Exposed
  get barrier(): SharedBarrier | undefined {
    return this.#barrier
  }
}

/** Makes a barrier for two, and is in its action, once that is called, until it is killed. */
export async function act(
  maker: Remote<BarrierMaker>,
  isMade: Remote<SharedEvent>,
  acts: Remote<SharedEvent>,
): Promise<void> {
  await maker.make(2, async () => {
    await acts.set()
    return new Promise(() => undefined)
  })
  await isMade.set()
  await new Promise(() => setInterval(() => undefined, 60_000))
}
