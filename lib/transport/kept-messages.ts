import { ManagerError } from '../errors.ts'
import { allocateOwn } from '../platform/node.ts'
import { copyMessage, setWord } from '../wire/frame-writer.ts'
import { wordAt, wordBytes } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { BlockCopies } from './block-copies.ts'

const blockBytes = 8 * 1024

/** How many blocks are kept for later. */
const mostFree = 64

/** Of all sessions of this thread. */
const free: Uint8Array[] = []

/** What is before a message: its length, and that of the bytes of its byte arrays, which are behind it. */
const headBytes = 2 * wordBytes

/** Messages in one block of memory, one after the other. One that is longer has a block for itself. */
interface Block {
  readonly bytes: Uint8Array
  /** The byte arrays of a message that has the block for itself. */
  readonly attachments: readonly Uint8Array[]
  readonly byteLength: number
  /** Gives the memory of the byte arrays back. */
  readonly giveBack: () => void
  length: number
  /** How many messages were kept before its first one, and how many it has. */
  readonly first: number
  count: number
}

const noAttachments: readonly Uint8Array[] = []

/** Copies of the messages that were sent and that the other side hasn't said to have read, in order. */
export class KeptMessages {
  readonly #blocks: Block[] = []
  /** The last block, where it may take more. */
  #last: Block | undefined
  readonly #copies = new BlockCopies()
  #byteLength = 0
  #added = 0
  #released = 0

  /** How much memory there is for messages after the first one. That may be of any length, and read in part. */
  get bytesAfterFirst(): number {
    const [first] = this.#blocks
    return first === undefined ? 0 : this.#byteLength - first.byteLength
  }

  get byteLength(): number {
    return this.#byteLength
  }

  /** Keeps a copy of the message that is in `writer` from `start` to where it writes next. */
  add(writer: Writer, start: number, attachments: readonly Uint8Array[] = noAttachments): void {
    const byteLength = writer.position - start
    const block = this.#blockFor(headBytes + byteLength, attachments)
    const { bytes, length } = block
    copyMessage(writer, start, bytes, length + headBytes)
    let end = length + headBytes + byteLength
    if (block.attachments.length === 0)
      for (const each of attachments) {
        bytes.set(each, end)
        end += each.byteLength
      }
    setWord(bytes, length, byteLength)
    setWord(bytes, length + wordBytes, end - length - headBytes - byteLength)
    block.length = end
    block.count++
    this.#added++
  }

  /** Whether the other side can have read so many messages, of all that were ever added, and has said of no more. */
  canBeRead(count: number): boolean {
    return count >= this.#released && count <= this.#added
  }

  /** Whether all messages are kept that follow so many of all that were ever added. */
  hasAfter(count: number): boolean {
    const [first] = this.#blocks
    return count >= (first?.first ?? this.#added)
  }

  /** Keeps the last ones alone, of which so many bytes may follow the first one. */
  forget(mostBytesAfterFirst: number): void {
    let left = this.bytesAfterFirst
    let forgotten = 0
    while (left > mostBytesAfterFirst) left -= this.#blocks[++forgotten]?.byteLength ?? left
    this.#drop(forgotten)
  }

  /** The other side has read so many messages, of all that were ever added. @throws ManagerError `PROTOCOL` where it can't have */
  release(count: number): void {
    if (!this.canBeRead(count))
      throw new ManagerError(
        'PROTOCOL',
        `the peer has read ${count} messages, it says, of ${this.#added} that were sent`,
      )
    this.#released = count
    const read = this.#blocks.findIndex((block) => block.first + block.count > count)
    this.#drop(read === -1 ? this.#blocks.length : read)
  }

  /** Gives all messages that the other side hasn't said to have read to `send`, in order, as it was given them. */
  replay(send: (writer: Writer, start: number, attachments: readonly Uint8Array[]) => void): void {
    const writer = new Writer(0)
    for (const { bytes, attachments, first, count } of this.#blocks) {
      writer.bytes = bytes
      for (let index = first, at = 0; index < first + count; index++) {
        const start = at + headBytes
        writer.position = start + wordAt(bytes, at)
        at = writer.position + wordAt(bytes, at + wordBytes)
        const inside = at > writer.position ? [bytes.subarray(writer.position, at)] : attachments
        if (index >= this.#released) send(writer, start, inside)
      }
    }
  }

  clear(): void {
    this.#released = this.#added
    this.#drop(this.#blocks.length)
  }

  #blockFor(messageBytes: number, attachments: readonly Uint8Array[]): Block {
    let byteLength = messageBytes
    for (const each of attachments) byteLength += each.byteLength
    const last = this.#last
    if (last !== undefined && last.length + byteLength <= blockBytes) return last
    const isShort = byteLength <= blockBytes
    const bytes = isShort ? (free.pop() ?? allocateOwn(blockBytes)) : allocateOwn(messageBytes)
    // A tail in more parts is the same tail.
    const copies = isShort ? noAttachments : attachments.flatMap((each) => this.#copies.of(each))
    const block: Block = {
      bytes,
      attachments: copies,
      byteLength: copies.reduce((sum, each) => sum + each.byteLength, bytes.byteLength),
      giveBack: this.#copies.end(),
      length: 0,
      first: this.#added,
      count: 0,
    }
    this.#blocks.push(block)
    this.#last = isShort ? block : undefined
    this.#byteLength += block.byteLength
    return block
  }

  #drop(blocks: number): void {
    if (blocks === this.#blocks.length) this.#last = undefined
    for (const { bytes, byteLength, giveBack } of this.#blocks.splice(0, blocks)) {
      this.#byteLength -= byteLength
      giveBack()
      if (bytes.byteLength === blockBytes && free.length < mostFree) free.push(bytes)
    }
  }
}
