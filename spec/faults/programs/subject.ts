import { once } from 'node:events'
import { Exposed, type Remote, Shared } from 'referent'
import { type ByteStream, SocketReader } from '../../../lib/transport/socket-reader.ts'
import { callSignal } from './call-signal.ts'
import { commit, type Deed } from './deed.ts'
import { describe } from './describe.ts'

/** The connections that this process has accepted, the owner's first. */
const accepted: ByteStream[] = []
const start: unknown = Object.getOwnPropertyDescriptor(SocketReader.prototype, 'start')?.value
SocketReader.prototype.start = function (arrived) {
  accepted.push(this.socket)
  if (typeof start === 'function') Reflect.apply(start, this, [arrived])
}

/** What all parties of a cell call. Nothing of it is answered before `answer` is called. */
@Shared()
export class Subject {
  /** What became of the calls whose callers were lost. */
  readonly #events: string[] = []
  readonly #answering = new EventTarget()
  readonly #actors: ((deed: Deed) => Promise<void>)[] = []

  @Exposed
  ping(): string {
    return 'pong'
  }

  @Exposed
  answer(): void {
    this.#answering.dispatchEvent(new Event('answer'))
  }

  @Exposed
  async call(): Promise<string> {
    const signal = callSignal()
    signal.addEventListener('abort', () => this.#events.push('call aborted'))
    await once(this.#answering, 'answer')
    return 'answered'
  }

  @Exposed
  async *stream(): AsyncGenerator<string> {
    const signal = callSignal()
    try {
      yield 'first'
      await once(this.#answering, 'answer', { signal })
      yield 'answered'
    } finally {
      this.#events.push('stream ended')
    }
  }

  @Exposed
  async callBack(callback: () => unknown): Promise<string> {
    const answer = Promise.resolve(callback())
    void describe(answer).then((outcome) => this.#events.push(`callback ${outcome}`))
    return String(await answer)
  }

  @Exposed
  events(): readonly string[] {
    return this.#events
  }

  /** Does it in the server. */
  @Exposed
  commit(deed: Deed): void {
    commit(deed)
  }

  /** What the process of a cell does when it is told to by `tell`. */
  @Exposed
  adopt(actor: (deed: Deed) => Promise<void>): void {
    this.#actors.push(actor)
  }

  /** Has the process that `adopt` was called by do it. */
  @Exposed
  async tell(deed: Deed): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor(deed)))
  }

  @Exposed
  cutOwner(): void {
    accepted[0]?.destroy()
  }

  @Exposed
  cutAll(): void {
    for (const socket of accepted) socket.destroy()
  }
}

export type RemoteSubject = Remote<Subject>
