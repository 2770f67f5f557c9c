// Frames as docs/protocol.md has them, made and read without the library.

export interface Frame {
  readonly messages: readonly Uint8Array[]
  readonly tail: Uint8Array
}

/** The bytes of a frame. */
export function frameOf(messages: readonly Uint8Array[], tail: Uint8Array = new Uint8Array()): Buffer {
  return frameAround(Buffer.concat(messages.map(counted)), tail)
}

/** A message as it is in a frame. */
export function counted(message: Uint8Array): Buffer {
  return Buffer.concat([varint(message.byteLength), message])
}

/** The bytes of a frame that has these counted messages. */
export function frameAround(messages: Uint8Array, tail: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([words(4 + messages.byteLength + tail.byteLength, messages.byteLength), messages, tail])
}

/** Like `frameOf`, of messages that are texts. */
export function textFrame(texts: readonly string[], tail?: Uint8Array): Buffer {
  return frameOf(
    texts.map((text) => Buffer.from(text)),
    tail,
  )
}

/** The frames that `bytes` has whole. */
export function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + 4 <= bytes.byteLength;) {
    const end = at + 4 + bytes.readUInt32LE(at)
    if (end > bytes.byteLength) break
    const tailAt = at + 8 + bytes.readUInt32LE(at + 4)
    frames.push({ messages: messagesIn(bytes.subarray(at + 8, tailAt)), tail: bytes.subarray(tailAt, end) })
    at = end
  }
  return frames
}

function messagesIn(bytes: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength;) {
    let length = 0
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++] ?? 0
      length += (byte & 0x7f) << shift
      more = byte > 0x7f
    }
    messages.push(bytes.subarray(at, at + length))
    at += length
  }
  return messages
}

/** Numbers of 32 bits. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4)
  return bytes
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}
