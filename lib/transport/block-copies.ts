import { allocateOwn } from '../platform/node.ts'

const blockBytes = 64 * 1024

/** How many blocks are kept for later. */
const mostFree = 64

/** Shorter bytes are copied to memory of their own: a whole block would wait for few of them to leave. */
const shortBytes = 32 * 1024

/** Of all sockets of this thread. */
const free: Uint8Array[] = []

const noRoom = allocateOwn(0)

/**
 * Copies of bytes on their way to a socket. Long ones are in blocks of memory that are used again: fresh memory costs more
 * than copying, as the system clears it, and V8 collects garbage the sooner the more of it there is.
 */
export class BlockCopies {
  #blocks: Uint8Array[] = []
  /** What is left of the last block. */
  #room: Uint8Array = noRoom

  /** A copy, in parts. */
  of(bytes: Uint8Array): Uint8Array[] {
    if (bytes.byteLength < shortBytes) return [new Uint8Array(bytes)]
    const parts: Uint8Array[] = []
    for (let rest = bytes; rest.byteLength > 0;) {
      const part = this.#take(rest.byteLength)
      part.set(rest.subarray(0, part.byteLength))
      rest = rest.subarray(part.byteLength)
      parts.push(part)
    }
    return parts
  }

  /** Returns what gives the blocks of the copies made since the last call back, to be called once nobody reads them any more. */
  end(): () => void {
    const blocks = this.#blocks
    this.#blocks = []
    this.#room = noRoom
    return () => void free.push(...blocks.slice(0, mostFree - free.length))
  }

  /** Room for so many bytes, or for fewer. */
  #take(byteLength: number): Uint8Array {
    if (this.#room.byteLength === 0) {
      this.#room = free.pop() ?? allocateOwn(blockBytes)
      this.#blocks.push(this.#room)
    }
    const taken = this.#room.subarray(0, byteLength)
    this.#room = this.#room.subarray(taken.byteLength)
    return taken
  }
}
