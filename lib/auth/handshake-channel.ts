import { isManagerError, ManagerError } from '../errors.ts'
import type { Receiver, Transport } from '../transport/transport.ts'
import { areCaveats } from '../wire/caveats.ts'
import { isRecord, type Reader, readJson } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'

/** About how long a line is. */
const lineBytes = 512

export type Line = Readonly<Record<string, unknown>>

/**
 * The turn by turn talk of a handshake over a transport, which it borrows: the next `transport.start` ends it. What a peer
 * says beyond one line waits, unread, for its next turn or for whoever takes the transport over.
 */
export class HandshakeChannel implements Receiver {
  readonly #transport: Transport
  readonly #signal: AbortSignal
  #line: Line | undefined
  #wake: (() => void) | undefined
  #ended: ManagerError | undefined
  #hasHeard = false

  /** @param signal ends a wait with `TIMEOUT` or `ABORTED`, as its reason says */
  constructor(transport: Transport, signal: AbortSignal) {
    this.#transport = transport
    this.#signal = signal
  }

  send(line: Line): void {
    sendLine(this.#transport, line)
  }

  /** The other side's next line. @throws ManagerError `PROTOCOL`, `SESSION_LOST`, `TIMEOUT`, `ABORTED` */
  async receive(): Promise<Line> {
    const wake = (): void => this.#wake?.()
    this.#transport.start(this)
    this.#signal.addEventListener('abort', wake)
    try {
      for (;;) {
        const line = this.#line
        this.#line = undefined
        if (line !== undefined) return line
        this.#refuseEnd()
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      this.#signal.removeEventListener('abort', wake)
    }
  }

  message(message: Reader, tail: Uint8Array): void {
    if (tail.byteLength > 0) throw new ManagerError('PROTOCOL', 'the peer sent a handshake with byte arrays')
    const json = readJson(message, 'a handshake')
    if (!isRecord(json)) throw new ManagerError('PROTOCOL', 'the peer sent a handshake that is not an object')
    this.#transport.hold()
    this.#hasHeard = true
    this.#line = json
    this.#wake?.()
  }

  closed(cause?: Error): void {
    this.#ended = isManagerError(cause) ? cause : this.#lost(cause)
    this.#wake?.()
  }

  #lost(cause: Error | undefined): ManagerError {
    const message = `the connection to ${this.#transport.peer} ended during the handshake${this.#hint()}`
    return new ManagerError('SESSION_LOST', message, cause === undefined ? {} : { cause })
  }

  /** What may be wrong where the other side has said nothing. */
  #hint(): string {
    const { peer, binding } = this.#transport
    if (this.#hasHeard || !/^(?:tcp|tls|wss):/.test(peer)) return ''
    return binding === '' ? '; does it speak TLS, at tls: instead?' : '; does it demand a certificate of its clients?'
  }

  #refuseEnd(): void {
    if (this.#ended !== undefined) throw this.#ended
    if (!this.#signal.aborted) return
    const timedOut = this.#signal.reason instanceof Error && this.#signal.reason.name === 'TimeoutError'
    throw new ManagerError(
      timedOut ? 'TIMEOUT' : 'ABORTED',
      `the handshake with ${this.#transport.peer} ${timedOut ? `took too long${this.#hint()}` : 'was aborted'}`,
      { cause: this.#signal.reason },
    )
  }
}

/** Sends a line, in a frame of its own. */
export function sendLine(transport: Transport, line: Line): void {
  const writer = new Writer(lineBytes)
  writer.utf8(JSON.stringify(line))
  transport.send(writer, 0)
  transport.flush()
}

/** A field of a line, parsed at the door. @throws ManagerError `PROTOCOL` */
export function textOf(line: Line, field: string): string {
  const value = line[field]
  return typeof value === 'string' ? value : improper(field)
}

/** Like `textOf`, for one of these texts. */
export function oneOf<T extends string>(line: Line, field: string, ...texts: readonly T[]): T {
  return texts.find((text) => text === line[field]) ?? improper(field)
}

/** Like `textOf`, for a whole number, 0 or more. */
export function numberOf(line: Line, field: string): number {
  const value = line[field]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : improper(field)
}

/** The caveats of a capability, where the line has any. @throws ManagerError `PROTOCOL` */
export function caveatsOf(line: Line): readonly string[] {
  const { caveats = [] } = line
  return areCaveats(caveats) ? caveats : improper('caveats')
}

function improper(field: string): never {
  throw new ManagerError('PROTOCOL', `the peer sent a handshake without a proper '${field}'`)
}
