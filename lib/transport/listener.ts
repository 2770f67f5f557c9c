import type { Server } from 'node:net'
import type { Address } from './address.ts'
import type { Listener } from './transport.ts'

/** A server of Node's that listens, which this owns. */
export class ServerListener implements Listener {
  readonly address: Address
  readonly advertised: Address
  protected readonly server: Server

  constructor(server: Server, address: Address, advertised: Address = address) {
    this.server = server
    this.address = address
    this.advertised = advertised
  }

  ref(): void {
    this.server.ref()
  }

  unref(): void {
    this.server.unref()
  }

  /** Doesn't wait for the connections, which live on. */
  async close(): Promise<void> {
    this.server.close()
  }
}
