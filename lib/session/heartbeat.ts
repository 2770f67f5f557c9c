import { ManagerError } from '../errors.ts'
import { unref } from '../platform/node.ts'
import { defaultIntervalMs, type HeartbeatOptions } from './session-options.ts'

/** What a heartbeat needs of the session that it watches. */
export interface Watched {
  /** Where the other side is, for messages to people. */
  readonly peer: string
  /** The bytes that wait for the peer to read them. */
  readonly queuedBytes: number
  /** Whether there is no connection at the moment: then silence says nothing of the peer. */
  readonly isInterrupted?: boolean
  /** Whether the peer's process has computed since this was last asked, at the beat before: it is slow then, not dead. */
  isPeerBusy(): boolean
  /** Asks the peer for a sign of life. */
  ping(): void
  lose(error: ManagerError): void
}

/** A peer that does nothing but compute is given up too, after so many times the usual silence. */
const busyPatience = 20

/**
 * The longest that a peer which should answer is waited for, in milliseconds: as long as one that is silent and computes.
 * Where there are no heartbeats, as long as by default.
 */
export function longestSilenceMs({ intervalMs, missed }: Required<HeartbeatOptions>): number {
  return (intervalMs === 0 ? defaultIntervalMs : intervalMs) * missed * busyPatience
}

/**
 * Finds out that a peer is frozen or cut off, by its silence. It counts its own beats, not the time: a process that was
 * itself stopped or blocked counts one beat for all that while, and then hears what has arrived meanwhile.
 */
export class Heartbeat {
  readonly #options: Required<HeartbeatOptions>
  readonly #watched: Watched
  readonly #timer: NodeJS.Timeout | undefined
  #isHeard = true
  /** The last beat before which something had arrived, by `performance.now()`. */
  #heardMs = performance.now()
  #queuedBytes = 0
  #missed = 0
  #silent = 0

  constructor(options: Required<HeartbeatOptions>, watched: Watched) {
    this.#options = options
    this.#watched = watched
    if (options.intervalMs > 0) this.#timer = unref(setInterval(() => this.#beat(), options.intervalMs))
  }

  /** Something has arrived, if only a part of a message. */
  heard(): void {
    this.#isHeard = true
  }

  /** For how long nothing has arrived, to a beat, which asks for it; 0 where something has since the last one, or there are none. */
  get quietMs(): number {
    if (this.#timer === undefined || (this.#isHeard && !this.#watched.isInterrupted)) return 0
    return performance.now() - this.#heardMs
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    if (this.#watched.isInterrupted) return this.#startOver()
    if (this.#isHeard) this.#heardMs = performance.now()
    const isBusy = this.#watched.isPeerBusy()
    if (this.#isHeard || this.#isRead()) [this.#missed, this.#silent] = [0, 0]
    else this.#count(isBusy)
    this.#isHeard = false
    if (this.#missed < this.#options.missed && this.#silent < this.#options.missed * busyPatience) {
      this.#watched.ping()
      return
    }
    const { intervalMs } = this.#options
    const message = `${this.#watched.peer} gave no sign of life for ${this.#silent} heartbeats of ${intervalMs} ms`
    this.#startOver()
    this.#watched.lose(new ManagerError('SESSION_LOST', message))
  }

  /** Whoever makes another connection is alive then. */
  #startOver(): void {
    this.#isHeard = true
    this.#missed = 0
    this.#silent = 0
  }

  #count(isBusy: boolean): void {
    this.#silent++
    if (!isBusy) this.#missed++
  }

  /** Whether the peer has read something of what was queued: a ping may be behind much that it has yet to read. */
  #isRead(): boolean {
    const before = this.#queuedBytes
    this.#queuedBytes = this.#watched.queuedBytes
    return this.#queuedBytes < before
  }
}
