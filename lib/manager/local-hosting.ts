import { type Client, type ClientOptions, logInClient } from '../proxy/client.ts'
import { Server, type ServerOptions } from '../server/server.ts'
import { parseAddress, privateAddress } from '../transport/address.ts'
import { createMemoryPair } from '../transport/memory.ts'
import type { Hosting } from './hosting.ts'
import { atExit } from './at-exit.ts'

/** A server in this process. */
export class LocalHosting implements Hosting {
  readonly address: string
  readonly #server: Server
  readonly #authkey: Uint8Array

  private constructor(server: Server, address: string, authkey: Uint8Array) {
    this.#server = server
    this.address = address
    this.#authkey = authkey
  }

  /** @throws ManagerError `START_FAILED` where it can't listen at the address */
  static async start(options: ServerOptions, address: string | undefined): Promise<LocalHosting> {
    const server = new Server(options)
    const place = address === undefined ? await privateAddress() : { address: parseAddress(address) }
    try {
      await server.listen(place)
    } catch (error) {
      await server.close() // which removes the folder
      throw error
    }
    void server.ended.then(atExit(() => server.vanish()))
    server.unref()
    return new LocalHosting(server, place.address, options.authkey)
  }

  /** A session of this process itself, which goes by memory. */
  openClient(options: ClientOptions): Promise<Client> {
    const [near, far] = createMemoryPair()
    void this.#server.accept(far)
    return logInClient(near, this.address, { kind: 'authkey', key: this.#authkey }, options)
  }

  /** The capability of an object of this process, hosted until `unshare`. @throws ManagerError `UNKNOWN_TYPEID` */
  share(instance: object): { readonly id: number; readonly secret: string } {
    return this.#server.share(instance)
  }

  unshare(instance: object): void {
    this.#server.unshare(instance)
  }

  async end(): Promise<void> {
    await this.#server.close()
  }

  async join(): Promise<void> {
    this.#server.ref()
    await this.#server.ended
  }
}
