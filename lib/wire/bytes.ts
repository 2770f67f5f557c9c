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
