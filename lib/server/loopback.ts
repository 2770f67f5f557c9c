import { accessTo, Client } from '../proxy/client.ts'
import { connectionPool } from '../proxy/connection-pool.ts'
import type { ImportEntry } from '../proxy/import-entry.ts'
import type { Capability, ReferenceParts } from '../proxy/reference.ts'
import { sharedClasses } from '../registry.ts'
import { createMemoryPair } from '../transport/memory.ts'
import type { Transport } from '../transport/transport.ts'
import type { Shape } from '../wire/descriptor.ts'

/** What a loopback needs of its server. */
interface LoopbackServer {
  /** Where others reach it; '' where they don't. */
  readonly advertised: string
  accept(transport: Transport): Promise<void>
}

/**
 * The session of a server with itself, by which code in it uses references to its own referents that were narrowed: as all
 * others do, so that it can do no more. There is one while such proxies are there.
 */
export class Loopback {
  readonly #server: LoopbackServer
  #client: Client | undefined

  constructor(server: LoopbackServer) {
    this.#server = server
  }

  /** Returns the proxy of what a reference to this server opens. */
  open(given: ReferenceParts, shape: Shape): object {
    // A peer may have written another address into it.
    const parts = { ...given, address: this.#server.advertised }
    if (this.#client === undefined || isOver(this.#client)) this.#client = this.#openClient(parts)
    return this.#client.imports.expect(parts, shape)
  }

  /** What opens the referent of a proxy that came from here. */
  capabilityOf(entry: ImportEntry): Capability | undefined {
    return entry.table === this.#client?.imports ? entry.capability : undefined
  }

  #openClient(parts: ReferenceParts): Client {
    const access = accessTo(parts.address, { kind: 'capability', ...parts }, {})
    return new Client(
      { ...access, connect: async () => this.#connect() },
      {
        registry: sharedClasses(),
        open: (reference, shape) => connectionPool.open(reference, shape),
        closesWhenIdle: true,
        reopens: false,
      },
    )
  }

  #connect(): Transport {
    const [near, far] = createMemoryPair()
    void this.#server.accept(far)
    return near
  }
}

function isOver({ session }: Client): boolean {
  return session.isClosed || session.end !== undefined
}
