import { setTimeout as sleep } from 'node:timers/promises'
import { Exposed, type Remote, Shared } from 'referent'

/** Does what a spec shows of calls. */
@Shared({ snapshot: true })
export class Clerk {
  stamps = 0

  @Exposed
  stamp(count: number): number {
    return (this.stamps += count)
  }

  @Exposed
  async nap(ms: number): Promise<string> {
    await sleep(ms)
    return 'awake'
  }

  @Exposed
  refuse(): never {
    throw new RangeError('the counter is closed')
  }

  @Exposed
  refuseAtLength(characters: number): never {
    throw new RangeError('x'.repeat(characters))
  }

  @Exposed
  letter(characters: number): string {
    return 'y'.repeat(characters)
  }

  /** Has another one do it, after a while. */
  @Exposed
  async relay(other: Remote<Clerk>, count: number): Promise<number> {
    await sleep(30)
    return other.stamp(count)
  }

  /** Asks whoever called. */
  @Exposed
  async pass(ask: () => Promise<unknown>): Promise<void> {
    await ask()
  }

  @Exposed
  shown(): { readonly text: string } {
    return { text: '</pre><img src=x onerror="globalThis.evil = 1">' }
  }
}
