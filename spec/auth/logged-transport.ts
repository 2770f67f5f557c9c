import type { Line } from '../../lib/auth/handshake-channel.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { ForwardingTransport } from '../transport/forwarding-transport.ts'

/** Also writes down each line that it sends. */
export class LoggedTransport extends ForwardingTransport {
  readonly #lines: Line[]

  constructor(transport: Transport, lines: Line[]) {
    super(transport)
    this.#lines = lines
  }

  override send(text: string): void {
    this.#lines.push(JSON.parse(text) as Line)
    super.send(text)
  }
}
