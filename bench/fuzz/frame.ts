// Frames as docs/protocol.md has them, and as it forbids them. Nothing of lib/ is used here.

export type Message = Readonly<Record<string, unknown>>

/** One frame. */
export function frameOf(text: string | Buffer, byteArrays: readonly Uint8Array[] = []): Buffer {
  return framed(
    byteArrays.length,
    byteArrays.map(({ length }) => length),
    text,
    byteArrays,
  )
}

/** A frame that may lie about what is in it, but for its length. */
export function framed(
  count: number,
  sizes: readonly number[],
  text: string | Buffer,
  byteArrays: readonly Uint8Array[],
): Buffer {
  const rest = Buffer.concat([word(count), ...sizes.map(word), Buffer.from(text as string), ...byteArrays])
  return Buffer.concat([word(rest.length), rest])
}

export function word(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number >>> 0)
  return bytes
}

/** Cuts what arrives into messages. */
export class FrameReader {
  #received: Buffer = Buffer.alloc(0)

  /** The messages that are complete by now. */
  add(chunk: Buffer): Message[] {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const messages: Message[] = []
    let at = 0
    while (this.#received.length >= at + 4) {
      const end = at + 4 + this.#received.readUInt32BE(at)
      if (end > this.#received.length) break
      messages.push(...messagesOf(this.#received.subarray(at + 4, end)))
      at = end
    }
    this.#received = this.#received.subarray(at)
    return messages
  }
}

/** @param frame without its length */
function messagesOf(frame: Buffer): Message[] {
  const count = frame.readUInt32BE(0)
  let bytes = 0
  for (let index = 0; index < count; index++) bytes += frame.readUInt32BE(4 + 4 * index)
  return JSON.parse(frame.toString('utf8', 4 + 4 * count, frame.length - bytes)) as Message[]
}
