import type { MessagePort } from 'node:worker_threads'

/**
 * What carries messages between a program and what it started: the child, or in there `process`; between threads, a
 * `ThreadPort` at both ends.
 */
export interface Port {
  /** Undefined where nobody gave a channel. */
  readonly connected?: boolean | undefined
  on(event: 'message', listener: (received: unknown) => void): unknown
  off(event: 'message', listener: (received: unknown) => void): unknown
  /** Absent in a process that nobody gave a channel. */
  send?(message: Envelope, sent: (error: Error | null) => void, ports?: readonly MessagePort[]): unknown
}

const mark = 'referent.channel'

/** What this package says. Whatever else comes is said by the program's own modules, or by Node's loader under `--watch`. */
interface Envelope {
  readonly mark: typeof mark
  readonly message: object
}

/** One end of the channel of a process or thread that this package starts. Others speak there too. */
export class Channel<Said extends object, Heard extends object> {
  readonly #port: Port

  constructor(port: Port) {
    this.#port = port
  }

  /**
   * `sent` is called when the message has left, with the error where the other end is gone.
   * @param ports those within, which go over to the other thread
   */
  say(message: Said, sent: (error: Error | null) => void, ports: readonly MessagePort[] = []): void {
    if (ports.length === 0) this.#port.send?.({ mark, message }, sent)
    else this.#port.send?.({ mark, message }, sent, ports)
  }

  /** Calls `listener` with each message of this package, and with no others. Returns what ends that. */
  hear(listener: (message: Heard) => void): () => void {
    const receive = (received: unknown): void => {
      // The other end is this package too, of the same version: it starts its own entries only.
      if (isEnvelope(received)) listener(received.message as Heard)
    }
    this.#port.on('message', receive)
    return () => void this.#port.off('message', receive)
  }
}

function isEnvelope(received: unknown): received is Envelope {
  return typeof received === 'object' && received !== null && 'mark' in received && received.mark === mark
}
