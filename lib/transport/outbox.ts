import { atEndOfTurn } from '../platform/node.ts'
import { FrameWriter, refuseTooLarge } from '../wire/frame-writer.ts'
import { handshakeLimits, type Limits, maxBatchBytes } from '../wire/limits.ts'
import type { Writer } from '../wire/writer.ts'
import { BlockCopies } from './block-copies.ts'

/** So many messages of one turn leave at once, so that the peer works on them while this side goes on. */
const batchMessages = 32

/** Frames that gather to more than this don't wait for the end of the turn. */
const mostGatheredBytes = 256 * 1024

/** What a frame adds to a message, at most. */
const frameOverhead = 16

const noAttachments: readonly Uint8Array[] = []

/** Where frames go, in pieces: a socket, or what is used as one. */
export interface Outlet {
  /** What was written and hasn't left this process. */
  readonly writableLength: number
  /** Until `uncork`, pieces wait for those that follow. */
  cork(): void
  uncork(): void
  /** @param written is called when nobody reads the piece any more, with an error where it may be that somebody does */
  write(piece: Uint8Array, written?: (error?: Error | null) => void): unknown
}

/** Gathers the messages of one turn of the event loop, and writes them as few frames to an outlet that it borrows. */
export class Outbox {
  limits: Limits = handshakeLimits
  readonly #outlet: Outlet
  readonly #sent: () => void
  readonly #frame = new FrameWriter()
  readonly #copies = new BlockCopies()
  #batched = 0
  #pieces: Uint8Array[] = []
  #gatheredBytes = 0
  #isFlushing = false

  /** @param sent is called when something leaves */
  constructor(outlet: Outlet, sent: () => void) {
    this.#outlet = outlet
    this.#sent = sent
  }

  /** What was written and hasn't left this process. */
  get queuedBytes(): number {
    return this.#outlet.writableLength
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
    this.#sent()
    const [first] = pieces
    if (pieces.length === 1 && first !== undefined) {
      this.#outlet.write(first)
      return
    }
    const last = pieces.at(-1)
    const giveBack = this.#copies.end()
    // After an error the system may still read them.
    const written = (error?: Error | null): void => (error === null || error === undefined ? giveBack() : undefined)
    this.#outlet.cork()
    for (const piece of pieces) this.#outlet.write(piece, piece === last ? written : undefined)
    this.#outlet.uncork()
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

  // So that answers which come of promises still join the same write.
  #flushThisTurn(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    atEndOfTurn(() => {
      this.#isFlushing = false
      this.flush()
    })
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
