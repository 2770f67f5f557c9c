import { FrameReader } from '../../lib/wire/frame.ts'
import { FrameWriter } from '../../lib/wire/frame-writer.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import { Writer } from '../../lib/wire/writer.ts'

// Frames in hexadecimal digits, by the library's own reader and writer.

/** The messages of frames that are whole, and the tail of the last one. */
export function messagesIn(hex: string): { messages: string[]; tail: string } {
  const reader = new FrameReader(withLimits({}))
  reader.push(Buffer.from(hex, 'hex'))
  const messages: string[] = []
  for (let message = reader.next(); message !== undefined; message = reader.next())
    messages.push(Buffer.from(message.bytes.subarray(message.position, message.end)).toString('hex'))
  return { messages, tail: Buffer.from(reader.takeTail()).toString('hex') }
}

/** A frame of these messages. */
export function frameVector(messages: readonly string[], tail = ''): string {
  const frames = new FrameWriter()
  const writer = new Writer()
  for (const message of messages) {
    const start = writer.position
    writer.raw(Buffer.from(message, 'hex'))
    frames.add(writer, start)
  }
  return Buffer.from(frames.take(tail.length / 2)).toString('hex') + tail
}
