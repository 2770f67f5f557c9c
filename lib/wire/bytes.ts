/** Text and integers in bytes. The one file of this room that leans on Node's `Buffer`; a build for browsers swaps it. */

export const wordBytes = 4

export function byteLengthOf(text: string): number {
  return Buffer.byteLength(text)
}

/** Memory that may hold old bytes: every one of them must be written before it is read. */
export function allocate(byteLength: number): Uint8Array {
  return Buffer.allocUnsafe(byteLength)
}

export function readText(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('utf8', start, end)
}

export function writeText(bytes: Uint8Array, text: string, offset: number): void {
  asBuffer(bytes).write(text, offset)
}

export function readWord(bytes: Uint8Array, offset: number): number {
  return asBuffer(bytes).readUInt32BE(offset)
}

export function writeWord(bytes: Uint8Array, offset: number, word: number): void {
  asBuffer(bytes).writeUInt32BE(word, offset)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Bytes as they arrive in chunks, to be taken in other lengths. Keeps views of the chunks until they are taken whole. */
export class ByteQueue {
  #chunks: Uint8Array[] = []
  #byteLength = 0

  get byteLength(): number {
    return this.#byteLength
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#byteLength += chunk.byteLength
  }

  /** The first word, which stays in the queue; it must have arrived. */
  peekWord(): number {
    const [first] = this.#chunks
    if (first !== undefined && first.byteLength >= wordBytes) return readWord(first, 0)
    const word = this.take(wordBytes)
    this.#chunks.unshift(word)
    this.#byteLength += wordBytes
    return readWord(word, 0)
  }

  /** The next so many bytes, which must have arrived: a view of a chunk where they are in one, else a copy. */
  take(byteLength: number): Uint8Array {
    const [first] = this.#chunks
    if (first === undefined || first.byteLength < byteLength) return this.#gather(allocate(byteLength))
    this.#advance(first, byteLength)
    return first.subarray(0, byteLength)
  }

  /** Like `take`, but always in a buffer of its own. */
  takeOwn(byteLength: number): Uint8Array {
    return this.#gather(new Uint8Array(byteLength))
  }

  #gather(bytes: Uint8Array): Uint8Array {
    let filled = 0
    for (const chunk of this.#chunks) {
      const part = Math.min(chunk.byteLength, bytes.byteLength - filled)
      bytes.set(part === chunk.byteLength ? chunk : chunk.subarray(0, part), filled)
      filled += part
      if (filled === bytes.byteLength) break
    }
    this.#drop(bytes.byteLength)
    return bytes
  }

  #drop(byteLength: number): void {
    let whole = 0
    let rest = byteLength
    for (let chunk = this.#chunks[0]; chunk !== undefined && chunk.byteLength <= rest; chunk = this.#chunks[whole]) {
      rest -= chunk.byteLength
      whole++
    }
    this.#chunks.splice(0, whole)
    this.#byteLength -= byteLength - rest
    const [first] = this.#chunks
    if (first !== undefined && rest > 0) this.#advance(first, rest)
  }

  #advance(first: Uint8Array, byteLength: number): void {
    if (first.byteLength === byteLength) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(byteLength)
    this.#byteLength -= byteLength
  }
}
