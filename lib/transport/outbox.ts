import type { Socket } from 'node:net'
import { encodeFrame } from '../wire/frame.ts'
import { handshakeLimits, type Limits } from '../wire/limits.ts'
import type { Spin } from './spin.ts'

/** Texts that gather to more than this leave as a frame of their own, so that a batch never meets the frame limit. */
const batchLength = 64 * 1024

/** So many messages of one turn leave at once, so that the peer works on them while this side goes on. */
const batchMessages = 32

/** Byte arrays that gather to more than this don't wait for the end of the turn. */
const batchBytes = 256 * 1024

/** What a frame adds to the texts of its batch, and more. */
const frameOverhead = 16

/** Gathers the messages of one turn of the event loop, and writes them as few frames to a socket that it borrows. */
export class Outbox {
  limits: Limits = handshakeLimits
  readonly #socket: Socket
  readonly #spin: Spin
  #batch = ''
  #batched = 0
  #pieces: Uint8Array[] = []
  #gatheredBytes = 0
  #isFlushing = false

  constructor(socket: Socket, spin: Spin) {
    this.#socket = socket
    this.#spin = spin
  }

  /** What was written and hasn't left this process. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** @throws ManagerError `FRAME_TOO_LARGE`; nothing was queued then */
  send(text: string, attachments: readonly Uint8Array[]): void {
    this.#gather(text, attachments)
    if (++this.#batched === batchMessages || this.#gatheredBytes > batchBytes) this.flush()
    else this.#flushThisTurn()
  }

  /**
   * Like `send`, for a message that isn't answered: it counts for nothing towards a full batch. What confirms 32 answers
   * leaves with the 32 requests that follow them, instead of pushing the last of those into a write of its own.
   */
  tell(text: string): void {
    this.#gather(text, [])
    this.#flushThisTurn()
  }

  /** Writes what was gathered so far. */
  flush(): void {
    this.#seal()
    const pieces = this.#pieces
    if (pieces.length === 0) return
    this.#pieces = []
    this.#gatheredBytes = 0
    this.#batched = 0
    this.#spin.sent()
    const [first] = pieces
    if (pieces.length === 1 && first !== undefined) {
      this.#socket.write(first)
      return
    }
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece)
    this.#socket.uncork()
  }

  #gather(text: string, attachments: readonly Uint8Array[]): void {
    if (attachments.length > 0 || !this.#fitsBatch(text)) this.#seal()
    if (attachments.length > 0 || !this.#fitsBatch(text)) this.#add(`[${text}]`, attachments)
    else this.#batch = this.#batch === '' ? text : `${this.#batch},${text}`
  }

  // Three bytes is the most that UTF-8 takes for a UTF-16 unit: a cheap bound, so that short texts aren't measured here.
  #fitsBatch(text: string): boolean {
    const batchedLength = this.#batch.length + text.length + frameOverhead
    const { maxTextBytes, maxParts } = this.limits
    return this.#batch.length <= batchLength && batchedLength * 3 <= maxTextBytes && batchedLength <= maxParts
  }

  // A tick that is queued by a microtask runs when the microtasks of this turn have all run
  // (https://nodejs.org/api/process.html#processnexttickcallback-args), so that answers which come of
  // promises still join the same write.
  #flushThisTurn(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#isFlushing = false
        this.flush()
      }),
    )
  }

  /** Makes a frame of the texts gathered so far. */
  #seal(): void {
    if (this.#batch === '') return
    const text = `[${this.#batch}]`
    this.#batch = ''
    this.#add(text, [])
  }

  #add(text: string, attachments: readonly Uint8Array[]): void {
    for (const piece of encodeFrame(text, attachments, this.limits)) {
      this.#pieces.push(piece)
      this.#gatheredBytes += piece.byteLength
    }
  }
}
