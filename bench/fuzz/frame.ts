import { join, varint, word } from './bytes.ts'

// Frames and messages as docs/protocol.md has them, and as it forbids them. Nothing of lib/ is used here.

/** What is known of a message or line of the handshake. */
export type Message = Readonly<Record<string, unknown>>

/** One frame. */
export function frameOf(messages: readonly Uint8Array[], tail: Uint8Array = Buffer.alloc(0)): Buffer {
  const counted = join(messages.flatMap((message) => [varint(message.length), message]))
  return framed(counted.length, join(counted, tail))
}

/** A frame of that many message bytes, says its head, but true about its length. */
export function framed(messageBytes: number, rest: Uint8Array): Buffer {
  return join(word(4 + rest.length), word(messageBytes), rest)
}

/** A line of the handshake. */
export function lineOf(line: Message): Buffer {
  return frameOf([Buffer.from(JSON.stringify(line))])
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
      const end = at + 4 + this.#received.readUInt32LE(at)
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
  const cursor = new Cursor(frame.subarray(4, 4 + frame.readUInt32LE(0)))
  const messages: Message[] = []
  while (!cursor.isAtEnd) messages.push(messageIn(cursor.take(cursor.varint())))
  return messages
}

const firstOfJson = 0x7b

function messageIn(bytes: Buffer): Message {
  if (bytes[0] === firstOfJson) return JSON.parse(bytes.toString()) as Message
  const cursor = new Cursor(bytes)
  const code = cursor.take(1)[0] ?? 0
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4: {
      const kind = (['call', 'get', 'assign', 'snapshot'] as const)[code - 1]
      cursor.take(1)
      const [id, to] = [cursor.varint(), cursor.varint()]
      return { kind, id, to, ...(code < 3 ? { name: cursor.text() } : {}) }
    }
    case 5:
    case 6:
      cursor.take(1)
      return { kind: code === 5 ? 'result' : 'error', id: cursor.varint(), ...bodyIn(cursor.rest()) }
    case 11:
      return { kind: 'pull', stream: cursor.varint(), credit: cursor.varint() }
    case 12:
      return { kind: 'item', stream: cursor.varint(), ...bodyIn(cursor.rest()) }
    case 15:
      return { kind: 'stop', stream: cursor.varint() }
    case 16:
      return { kind: 'ping' }
    default:
      return { kind: code }
  }
}

/** The references in a body, and its text as far as it is of one byte each. */
function bodyIn(body: Buffer): { references: readonly Message[]; text: string } {
  const text = body.toString('latin1')
  if (body[0] !== 0xe1) return { references: [], text }
  return { references: JSON.parse(body.toString('utf8', 5 + body.readUInt32LE(1))) as Message[], text }
}

class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  take(length: number): Buffer {
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.take(1)[0] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  text(): string {
    const first = this.take(1)[0] ?? 0
    if (first < 0xa0) return this.take(first - 0x80).toString('latin1')
    if (first === 0xc6) return this.take(this.varint()).toString('latin1')
    return this.take(2 * this.varint()).toString('utf16le')
  }
}
