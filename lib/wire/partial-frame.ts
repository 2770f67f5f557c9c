import { allocate, allocateOwn } from '../platform/node.ts'
import type { ByteQueue } from './byte-queue.ts'

/** A frame that is still arriving: each byte is put where it belongs, from where nobody moves it again. */
export class PartialFrame {
  readonly messages: Uint8Array
  /** In a buffer of its own, which goes to the receiver. */
  readonly tail: Uint8Array
  #filled = 0

  constructor(messageBytes: number, tailBytes: number) {
    this.messages = allocate(messageBytes)
    this.tail = new Uint8Array(allocateOwn(tailBytes).buffer)
  }

  /** Where the next bytes belong, as far as they do so one after the other; undefined once the frame is whole. */
  get room(): Uint8Array | undefined {
    const { messages, tail } = this
    if (this.#filled < messages.byteLength) return messages.subarray(this.#filled)
    const tailFilled = this.#filled - messages.byteLength
    return tailFilled < tail.byteLength ? tail.subarray(tailFilled) : undefined
  }

  /** So many bytes were put to `room`. */
  filled(byteLength: number): void {
    this.#filled += byteLength
  }

  /** Takes what belongs to it. */
  takeFrom(queue: ByteQueue): void {
    for (let room = this.room; room !== undefined && queue.byteLength > 0; room = this.room)
      this.filled(queue.moveTo(room))
  }
}
