import { Exposed, Shared } from 'referent'

@Shared()
export class Desk {
  #sum = 0

  @Exposed
  add(by: number): number {
    return (this.#sum += by)
  }

  @Exposed
  async pause(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return 'paused'
  }

  @Exposed
  ask(fn: (text: string) => Promise<string>): Promise<string> {
    return fn('well')
  }

  @Exposed
  async *count(items: number): AsyncGenerator<number> {
    for (let item = 0; item < items; item++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      yield item
    }
  }
}
