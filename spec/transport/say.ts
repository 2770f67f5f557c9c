import type { Transport } from '../../lib/transport/transport.ts'
import { Writer } from '../../lib/wire/writer.ts'

/** Sends a message that is a text. */
export function say(transport: Transport, text: string, attachments?: readonly Uint8Array[]): void {
  transport.send(written(text), 0, attachments)
}

/** Like `say`, for a message that isn't answered. */
export function tell(transport: Transport, text: string): void {
  transport.tell(written(text), 0)
}

function written(text: string): Writer {
  const writer = new Writer(16)
  writer.utf8(text)
  return writer
}
