import { Exposed, Shared } from 'referent'

/** What the client in Python calls. */
@Shared()
export class Desk {
  @Exposed
  greet(name: string, { times, loud }: { times: number; loud: boolean }): string[] {
    return Array.from({ length: times }, () => `hello ${name}${loud ? '!' : ''}`)
  }

  @Exposed
  ask(fn: (text: string) => Promise<string>): Promise<string> {
    return fn('how are you')
  }

  @Exposed
  fail(reason: string): never {
    throw new RangeError(reason)
  }
}
