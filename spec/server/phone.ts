import { appendFileSync } from 'node:fs'
import { currentCall, Exposed, isManagerError, Shared, SharedLock, SharedQueue } from 'referent'
import { block, blockForEver } from '../harness/block.ts'

/** Has calls that run for as long as their caller's callback, and tells a file what became of it. */
@Shared()
export class Phone implements AsyncDisposable {
  readonly #journal: string | undefined

  /** @param journal the path of a file */
  constructor(journal?: string) {
    this.#journal = journal
  }

  @Exposed
  ping(): string {
    return 'pong'
  }

  /** Answers what its caller's callback does, or that it was aborted before. */
  @Exposed
  async ask(question: () => unknown): Promise<unknown> {
    const { signal } = currentCall() ?? {}
    const aborted = new Promise((resolve) => signal?.addEventListener('abort', () => resolve('aborted')))
    const answer = await Promise.race([question(), aborted])
    this.#note(`was told ${String(answer)}`)
    return answer
  }

  /** Ends when its signal aborts; with the reason, or by throwing it. */
  @Exposed
  async wait(began: () => unknown, end: 'answers' | 'throws' = 'answers'): Promise<string> {
    const { signal } = currentCall() ?? {}
    const aborted = new Promise((resolve) => signal?.addEventListener('abort', resolve))
    await began()
    await aborted
    // As something that has to be put in order first.
    await new Promise((resolve) => setTimeout(resolve, 20))
    this.#note('was aborted')
    if (end === 'throws') throw signal?.reason
    return isManagerError(signal?.reason) ? signal.reason.code : 'no reason'
  }

  /** Never answers, whatever happens. */
  @Exposed
  async hang(began: () => unknown): Promise<never> {
    await began()
    return new Promise(() => undefined)
  }

  /** When its session has ended, asks whether its answer arrives, and takes what would be handed over by that. */
  @Exposed
  async goOn(began: () => unknown): Promise<void> {
    const [call, lock, queue] = [currentCall(), new SharedLock(), new SharedQueue()]
    const ended = new Promise((resolve) => call?.session.ended.addEventListener('abort', resolve))
    await began()
    await ended
    this.#note(`delivered: ${await call?.delivered}`)
    await queue.put('item')
    const taken = [await lock.acquire(), await queue.get()]
    // Turns in which what wasn't delivered would be given back.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    this.#note([...taken, lock.isLocked, queue.size].join(' '))
  }

  /** Never lets anything else happen in its process. */
  @Exposed
  async block(began: () => unknown): Promise<never> {
    await began()
    blockForEver()
  }

  /** Lets nothing else happen in its process for so long. */
  @Exposed
  async blockFor(ms: number, began: () => unknown): Promise<void> {
    await began()
    block(ms)
  }

  /** Gives items for ever. */
  @Exposed
  async *ring(): AsyncGenerator<number> {
    const { signal } = currentCall() ?? {}
    try {
      for (let count = 0; ; count++) yield count
    } finally {
      this.#note(`stopped ringing: ${isManagerError(signal?.reason) ? signal.reason.code : 'nobody listens'}`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve()
    this.#note('was disposed of')
  }

  #note(line: string): void {
    if (this.#journal !== undefined) appendFileSync(this.#journal, `${line}\n`)
  }
}
