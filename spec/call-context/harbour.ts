import { currentCall, Exposed, Shared, SharedLock, SharedQueue, type SessionPeer } from 'referent'

/** What a berth was left by: its holder, or the end of the holder's session. */
type Leaving = 'released' | 'lost'

/** Belongs to whoever holds it. */
@Shared({ disposeOnRelease: true })
export class Berth {
  readonly #left: (leaving: Leaving) => void
  readonly #session = currentCall()?.session

  constructor(left: (leaving: Leaving) => void) {
    this.#left = left
  }

  @Exposed
  ping(): string {
    return 'pong'
  }

  [Symbol.dispose](): void {
    this.#left(this.#session?.ended.aborted === true ? 'lost' : 'released')
  }
}

/** Tells what methods know of their callers. */
@Shared()
export class Harbour {
  readonly #sessions = new Set<SessionPeer>()
  readonly #events: string[] = []
  #release: () => void = () => undefined

  @Exposed
  events(): string[] {
    return this.#events
  }

  /** How many sessions have called this, by the objects that stood for them. */
  @Exposed
  visit(): number {
    const { session } = currentCall() ?? {}
    if (session === undefined) return this.#sessions.size
    if (!this.#sessions.has(session))
      session.ended.addEventListener('abort', () => this.#events.push('a session ended'))
    this.#sessions.add(session)
    return this.#sessions.size
  }

  /** Hands over a cargo, and tells what became of it. */
  @Exposed
  async handOver(name: string, kind: 'at once' | 'when told' | 'badly'): Promise<string> {
    const { delivered } = currentCall() ?? {}
    void delivered?.then((isDelivered) => this.#events.push(`${name}: ${isDelivered ? 'delivered' : 'not delivered'}`))
    if (kind === 'badly') throw new Error('spec')
    if (kind === 'when told') await new Promise<void>((resolve) => (this.#release = resolve))
    return name
  }

  @Exposed
  release(): void {
    this.#release()
  }

  /** Answers, and goes on to take a lock and an item for itself. */
  @Exposed
  goOn(): void {
    void this.#goOn()
  }

  @Exposed
  async wait(options: { readonly signal?: AbortSignal; readonly note?: string } = {}): Promise<string> {
    const { signal } = options
    this.#events.push(`${options.note}: ${signal === currentCall()?.signal ? "the call's own" : 'another'}`)
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    this.#events.push(`${options.note}: aborted`)
    return 'waited'
  }

  /** Calls back, and finds out whether what the callback calls is made for this call. */
  @Exposed
  async isKnownTo(callback: () => Promise<readonly string[]>): Promise<boolean> {
    const id = currentCall()?.id ?? ''
    const callers = await callback()
    return callers.includes(id)
  }

  @Exposed
  callers(): readonly string[] {
    return currentCall()?.callers ?? []
  }

  @Exposed
  moor(name: string): Berth {
    return new Berth((leaving) => this.#events.push(`${name}: ${leaving}`))
  }

  async #goOn(): Promise<void> {
    const [lock, queue] = [new SharedLock(), new SharedQueue<string>()]
    await new Promise((resolve) => setImmediate(resolve))
    const delivered = await currentCall()?.delivered
    await queue.put('item')
    const taken = [await lock.acquire(), await queue.get()]
    await new Promise((resolve) => setImmediate(resolve))
    this.#events.push(`went on: ${[delivered, ...taken, lock.isLocked, queue.size].join(' ')}`)
  }
}
