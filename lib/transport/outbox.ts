import type { Writable } from 'node:stream'
import { FrameWriter, refuseTooLarge } from '../wire/frame-writer.ts'
import { handshakeLimits, type Limits, maxBatchBytes } from '../wire/limits.ts'
import type { Writer } from '../wire/writer.ts'
import { BlockCopies } from './block-copies.ts'
import type { Spin } from './spin.ts'

/** So many messages of one turn leave at once, so that the peer works on them while this side goes on. */
const batchMessages = 32

/** Frames that gather to more than this don't wait for the end of the turn. */
const mostGatheredBytes = 256 * 1024

/** What a frame adds to a message, at most. */
const frameOverhead = 16

const noAttachments: readonly Uint8Array[] = []

/** Gathers the messages of one turn of the event loop, and writes them as few frames to a socket that it borrows. */
export class Outbox {
  limits: Limits = handshakeLimits
  readonly #socket: Writable
  readonly #spin: Spin
  readonly #frame = new FrameWriter()
  readonly #copies = new BlockCopies()
  #batched = 0
  #pieces: Uint8Array[] = []
  #gatheredBytes = 0
  #isFlushing = false

  constructor(socket: Writable, spin: Spin) {
    this.#socket = socket
    this.#spin = spin
  }

  /** What was written and hasn't left this process. */
  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** @throws ManagerError `FRAME_TOO_LARGE`; nothing was queued then */
  send(writer: Writer, start: number, attachments: readonly Uint8Array[]): void {
    this.#gather(writer, start, attachments)
    if (++this.#batched === batchMessages) this.flush()
    else this.#flushSoon()
  }

  /**
   * Like `send`, for a message that isn't answered: it counts for nothing towards a full batch. What confirms 32 answers
   * leaves with the 32 requests that follow them, instead of pushing the last of those into a write of its own.
   */
  tell(writer: Writer, start: number): void {
    this.#gather(writer, start, noAttachments)
    this.#flushSoon()
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
    const last = pieces.at(-1)
    const giveBack = this.#copies.end()
    // After an error the system may still read them.
    const written = (error?: Error | null): void => (error === null || error === undefined ? giveBack() : undefined)
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece, piece === last ? written : undefined)
    this.#socket.uncork()
  }

  #gather(writer: Writer, start: number, attachments: readonly Uint8Array[]): void {
    const messageBytes = writer.position - start
    let tailBytes = 0
    for (const bytes of attachments) tailBytes += bytes.byteLength
    refuseTooLarge(messageBytes, tailBytes, this.limits)

    if (attachments.length > 0 || !this.#fitsBatch(messageBytes)) this.#seal()
    this.#frame.add(writer, start)
    if (attachments.length === 0) return
    this.#seal(tailBytes)
    for (const bytes of attachments) for (const part of this.#copies.of(bytes)) this.#add(part)
  }

  #fitsBatch(messageBytes: number): boolean {
    return this.#frame.byteLength + messageBytes + frameOverhead <= Math.min(maxBatchBytes, this.limits.maxTextBytes)
  }

  #flushSoon(): void {
    if (this.#gatheredBytes > mostGatheredBytes) this.flush()
    else this.#flushThisTurn()
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

  /** Makes a frame of the messages gathered so far, which a tail of so many bytes follows. */
  #seal(tailBytes = 0): void {
    if (this.#frame.byteLength > 0) this.#add(this.#frame.take(tailBytes))
  }

  #add(piece: Uint8Array): void {
    this.#pieces.push(piece)
    this.#gatheredBytes += piece.byteLength
  }
}
