import { Exposed, Shared } from 'referent'

/** Ends the calls that sit, here in the server's process. */
export const sitting: (() => void)[] = []

@Shared({ concurrency: 'serial', snapshot: ['shown'] })
export class Desk {
  shown = 1

  @Exposed
  async sit(): Promise<void> {
    await new Promise<void>((resolve) => sitting.push(resolve))
  }

  @Exposed
  rise(): void {
    sitting.shift()?.()
  }

  @Exposed
  get height(): number {
    return 1
  }

  @Exposed
  set height(_: number) {}

  @Exposed
  get wood(): string {
    return 'oak'
  }

  @Exposed
  *drawers(): Generator<number> {
    for (;;) yield 1
  }
}
