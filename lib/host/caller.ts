import type { SessionPeer } from '../call-context.ts'

/** The other end of a session, as methods see it in `currentCall`: one object for each session. */
export class Caller implements SessionPeer {
  readonly id: string
  readonly pid: number
  #isOver = false
  #reason: unknown
  #controller: AbortController | undefined

  constructor(id: string, pid: number) {
    this.id = id
    this.pid = pid
  }

  /** Made when first asked for: most sessions are never asked. */
  get ended(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isOver) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** The session is over. */
  end(reason: unknown): void {
    this.#isOver = true
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
