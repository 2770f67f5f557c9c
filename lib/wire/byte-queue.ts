import { allocate, allocateOwn, joined } from '../platform/node.ts'
import { Reader, wordAt, wordBytes } from './reader.ts'

/** Chunks that are shorter together are joined: each takes hundreds of bytes beside its own. */
const shortChunks = 4096

/** Bytes as they arrive in chunks, to be read in other lengths. Keeps the chunks until they are read whole. */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = []
  /** Where in the first chunk the next byte is. */
  #start = 0
  #byteLength = 0

  get byteLength(): number {
    return this.#byteLength
  }

  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return
    this.#byteLength += chunk.byteLength
    const chunks = this.#chunks
    const last = chunks.at(-1)
    if (last === undefined || last.byteLength + chunk.byteLength > shortChunks) chunks.push(chunk)
    else chunks[chunks.length - 1] = joined([last, chunk])
  }

  /** The next 32 bits, which must have arrived. */
  word(): number {
    const [first] = this.#chunks
    const start = this.#start
    if (first === undefined || start + wordBytes >= first.byteLength) return this.read(wordBytes).word()
    this.#start = start + wordBytes
    this.#byteLength -= wordBytes
    return wordAt(first, start)
  }

  /** The next so many bytes, which must have arrived: in the chunk where one has them all, else in a copy. */
  read(byteLength: number): Reader {
    const [first] = this.#chunks
    const [start, end] = [this.#start, this.#start + byteLength]
    if (first === undefined || end > first.byteLength) return new Reader(this.#gather(allocate(byteLength)))
    this.#start = end
    this.#byteLength -= byteLength
    if (end === first.byteLength) this.#next()
    return new Reader(first, start, end)
  }

  /** The next so many bytes, which must have arrived, in a buffer of their own. */
  take(byteLength: number): Uint8Array {
    return this.#gather(new Uint8Array(allocateOwn(byteLength).buffer))
  }

  /** Moves the next bytes to there, as many as have arrived and fit; returns how many. */
  moveTo(bytes: Uint8Array): number {
    const byteLength = Math.min(bytes.byteLength, this.#byteLength)
    this.#gather(bytes.subarray(0, byteLength))
    return byteLength
  }

  #gather(bytes: Uint8Array): Uint8Array {
    let filled = 0
    let whole = 0
    while (filled < bytes.byteLength) {
      const chunk = this.#chunks[whole] as Uint8Array
      const part = Math.min(chunk.byteLength - this.#start, bytes.byteLength - filled)
      bytes.set(chunk.subarray(this.#start, this.#start + part), filled)
      filled += part
      this.#start += part
      if (this.#start < chunk.byteLength) break
      this.#start = 0
      whole++
    }
    this.#chunks.splice(0, whole)
    this.#byteLength -= filled
    return bytes
  }

  #next(): void {
    this.#chunks.shift()
    this.#start = 0
  }
}
