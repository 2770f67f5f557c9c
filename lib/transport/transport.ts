import type { Limits } from '../wire/limits.ts'
import type { Reader } from '../wire/reader.ts'
import type { Address } from './address.ts'
import type { Writer } from '../wire/writer.ts'

/** What a transport delivers to. Calls come in the order of sending; after `closed`, none. */
export interface Receiver {
  /**
   * The bytes of one message, unchecked, and those of its byte arrays, one after the other in a buffer of their own; none where it
   * has none. Both are the receiver's from now on. What it throws ends the transport.
   */
  message(message: Reader, tail: Uint8Array): void
  /** Bytes have arrived, of a message or a part of one. */
  arrived?(): void
  /** The transport is gone for good; with the error that ended it, if one did. Called once. */
  closed(error?: Error): void
}

/** An ordered, reliable, two-way channel of messages between two sides. Owns what is below it (a socket, a port). */
export interface Transport {
  /** Where the other side is, for messages to people. */
  readonly peer: string
  /** The address of the machine at the other side, where that is known. */
  readonly host?: string | undefined
  /** Whether the other side is a process of this machine for sure. */
  readonly isLocal: boolean
  /** What both sides have in common and no other connection has, for proofs to be over; '' where it isn't encrypted. */
  readonly binding: string
  /** What opens sessions over it: `all`, the authkey too, or `granted`, references alone. */
  readonly admits: 'all' | 'granted'
  /** What was sent and hasn't left this process: it waits for the other side to read. */
  readonly queuedBytes: number
  /** The most bytes beside its byte arrays that a message can have at the moment, with what its frame adds. */
  readonly maxTextBytes: number
  /** Resolves when that has left, or never will. */
  drained(): Promise<void>
  /** Starts delivery, or from then on delivers to another receiver. What arrives before the first start waits; a transport that is closed already says so. */
  start(receiver: Receiver): void
  /** Delivers nothing more until the next start: what arrives waits. */
  hold(): void
  /**
   * Queues one message: what is in `writer` from `start` to where it writes next, and the bytes of byte arrays. It takes
   * copies of both. What is queued in one turn of the event loop leaves in one write, or where it is much, in several. After
   * `close` it does nothing.
   * @throws ManagerError `FRAME_TOO_LARGE`; nothing was queued then
   */
  send(writer: Writer, start: number, attachments?: readonly Uint8Array[]): void
  /** Like `send`, for a message that isn't answered: it leaves with what else is queued in this turn. */
  tell(writer: Writer, start: number): void
  /** Sends what is queued at once: for what must have left before this process goes on. */
  flush(): void
  /**
   * Holds from the next frame received or sent on.
   * @param sent what may be sent; as what may be received, unless given
   */
  limit(received: Limits, sent?: Limits): void
  /** While referenced, the transport keeps the process alive; at first it does. */
  ref(): void
  unref(): void
  /** Sends what is queued, then ends the channel. Doesn't wait for the other side longer than it must. */
  close(): void
  /** Ends the channel at once; what is queued is lost. */
  destroy(error?: Error): void
  /** Whether what is sent from now on goes nowhere, while what has arrived may yet be delivered. */
  readonly isClosing?: boolean
  /** Of a channel that outlives its connections: ends the present one, so that another one comes in its place. */
  interrupt?(error: Error): void
  /**
   * Of such a channel: 0 while it has a connection; without one, the number of this time, greater than those before. What is sent
   * waits for the next connection then. The end of the channel changes nothing of it.
   */
  readonly interruption?: number
}

/** Accepts connections at an address until closed. */
export interface Listener {
  /** Where it listens, with the port that it has. */
  readonly address: Address
  /** Where clients reach it. */
  readonly advertised: Address
  ref(): void
  unref(): void
  /** Stops accepting, and leaves nothing behind at the address. Connections made before live on. */
  close(): Promise<void>
}
