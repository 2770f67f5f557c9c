import type { Line } from '../../lib/auth/handshake-channel.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import type { Writer } from '../../lib/wire/writer.ts'
import { ForwardingTransport } from '../transport/forwarding-transport.ts'

/** Also writes down each line that it sends. */
export class LoggedTransport extends ForwardingTransport {
  readonly #lines: Line[]

  constructor(transport: Transport, lines: Line[]) {
    super(transport)
    this.#lines = lines
  }

  override send(writer: Writer, start: number): void {
    this.#lines.push(JSON.parse(Buffer.from(writer.bytes.subarray(start, writer.position)).toString()) as Line)
    super.send(writer, start)
  }
}
