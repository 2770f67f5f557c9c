import type { Socket } from 'node:net'
import type { MessagePort } from 'node:worker_threads'
import { maxInlineBytes } from '../codec/limits.ts'
import { SocketReader } from '../transport/socket-reader.ts'
import { SocketTransport } from '../transport/socket-transport.ts'
import { noPrimitive, type Reader } from '../wire/reader.ts'
import { tag } from '../wire/tags.ts'
import { isPrimitive, type Primitive, Writer } from '../wire/writer.ts'

/** A message: what it is, then what belongs to it. */
export type Row = readonly (Primitive | Uint8Array)[]

/** What a program and a process or thread that it has started talk by, and nobody else: one end of it. */
export interface Line<Said extends Row, Heard extends Row> {
  /**
   * Sends a row, whose bytes stay as they are. Undefined where it has left this process; else a promise that resolves when
   * it has, or never will, as the other end is gone.
   */
  say(row: Said): Promise<void> | undefined
  /** Calls `listener` from now on, and at last `closed`: the other end is gone, and all that it has said was heard. */
  hear(listener: (row: Heard) => void, closed: () => void): void
  ref(): void
  unref(): void
  /** Says no more. The other end hears what was said before, and that this one is closed. */
  close(): void
}

/** What a frame can say. The other end is this package too, of the same version. */
const most = { maxFrameBytes: 0xffff_ffff, maxTextBytes: 0xffff_ffff, maxParts: Infinity }

const writer = new Writer()

/** A line over a socket, which it owns; one that is connected, or destroyed. */
export class SocketLine<Said extends Row, Heard extends Row> implements Line<Said, Heard> {
  readonly #transport: SocketTransport

  constructor(socket: Socket) {
    this.#transport = new SocketTransport(new SocketReader(() => socket), 'the other end')
    this.#transport.limit(most)
  }

  say(row: Said): Promise<void> | undefined {
    const transport = this.#transport
    const start = writer.position
    try {
      transport.send(writer, start, writeRow(row))
    } finally {
      writer.truncate(start)
    }
    transport.flush()
    return transport.queuedBytes === 0 ? undefined : transport.drained()
  }

  hear(listener: (row: Heard) => void, closed: () => void): void {
    this.#transport.start({ message: (message, tail) => listener(readRow(message, tail) as unknown as Heard), closed })
  }

  ref(): void {
    this.#transport.ref()
  }

  unref(): void {
    this.#transport.unref()
  }

  close(): void {
    this.#transport.close()
  }
}

/** Returns the long byte arrays of the row. */
function writeRow(row: Row): Uint8Array[] {
  const attachments: Uint8Array[] = []
  for (const part of row) {
    if (isPrimitive(part)) writer.primitive(part)
    else if (part.byteLength <= maxInlineBytes) {
      writer.byte(tag.bytes)
      writer.word(part.byteLength)
      writer.raw(part)
    } else {
      writer.byte(tag.attachment)
      writer.word(part.byteLength)
      attachments.push(part)
    }
  }
  return attachments
}

function readRow(message: Reader, tail: Uint8Array): Row {
  const row: (Primitive | Uint8Array)[] = []
  let start = 0
  while (!message.isAtEnd) {
    const first = message.byte()
    const primitive = message.primitiveOf(first)
    if (primitive !== noPrimitive) row.push(primitive)
    else if (first === tag.bytes) row.push(message.raw(message.word()))
    else row.push(tail.subarray(start, (start += message.word())))
  }
  return row
}

/** A line over a port, which it owns. */
export class PortLine<Said extends Row, Heard extends Row> implements Line<Said, Heard> {
  readonly #port: MessagePort

  constructor(port: MessagePort) {
    this.#port = port
  }

  say(row: Said): undefined {
    this.#port.postMessage(row)
  }

  hear(listener: (row: Heard) => void, closed: () => void): void {
    this.#port.on('message', listener).once('close', closed)
  }

  ref(): void {
    this.#port.ref()
  }

  unref(): void {
    this.#port.unref()
  }

  close(): void {
    this.#port.close()
  }
}
