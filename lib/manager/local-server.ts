import { atExit } from '../at-exit.ts'
import { type Client, type ClientOptions, openClient } from '../proxy/client.ts'
import { Server, type ServerOptions } from '../server/server.ts'
import { clearPlace } from '../transport/address.ts'
import { placeAt } from '../transport/open.ts'
import { createMemoryPair } from '../transport/memory.ts'
import type { Hosting } from './supervisor.ts'
import type { Transport } from '../transport/transport.ts'

/** A server in this process. */
export class LocalServer implements Hosting {
  readonly address: string
  readonly server: Server
  readonly #authkey: Uint8Array

  private constructor(server: Server, address: string, authkey: Uint8Array) {
    this.server = server
    this.address = address
    this.#authkey = authkey
  }

  /** @throws ManagerError `START_FAILED` where it can't listen at the address */
  static async start(options: ServerOptions, address: string | undefined): Promise<LocalServer> {
    const server = new Server(options)
    const place = await placeAt(address)
    try {
      await server.listen(place)
    } catch (error) {
      await clearPlace(place)
      throw error
    }
    void server.ended.then(atExit(() => server.vanish()))
    server.unref()
    return new LocalServer(server, server.address ?? place.address, options.authkey)
  }

  /** A session of this process itself, which goes by memory. */
  openClient(options: ClientOptions): Promise<Client> {
    const connect = async (): Promise<Transport> => {
      const [near, far] = createMemoryPair()
      void this.server.accept(far)
      return near
    }
    return openClient({ address: this.address, credential: { kind: 'authkey', key: this.#authkey }, connect }, options)
  }

  async end(): Promise<void> {
    await this.server.close()
  }

  async join(): Promise<void> {
    this.server.ref()
    await this.server.ended
  }
}
