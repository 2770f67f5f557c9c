import { createHash } from 'node:crypto'
import { isManagerError } from '../errors.ts'
import { connectionPool } from '../proxy/connection-pool.ts'
import { proxyStateOf } from '../proxy/proxy.ts'
import type { InspectOptions, ServerInspection } from '../server/inspection.ts'
import { inspectionOf, merged, type Inspection } from './inspection.ts'
import { allOver, closeConnection, type Connection } from './connect.ts'

/** The servers of a running manager, most often one: which of them makes what, and what all of them do alike. */
export class Servers {
  readonly #all: readonly Connection[]
  /** How many referents each of them is just making for this program. */
  readonly #making = new Map<Connection, number>()

  /** Takes the connections, at least one. References to these servers are attached over them until `close`. */
  constructor(connections: readonly Connection[]) {
    this.#all = connections
    for (const { client } of connections) connectionPool.add(client)
  }

  /** The addresses of all, by which another program has the same servers, in the same order. */
  get address(): string {
    return this.#all.map(({ client }) => client.server?.advertised ?? client.address).join(',')
  }

  /**
   * The server of this index, or that of a proxy's referent.
   * @throws RangeError, TypeError where it is none of them
   */
  at(on: number | object): Connection {
    const address = proxyStateOf(on)?.entry.server?.address
    const found = typeof on === 'number' ? this.#all[on] : this.#all.find(({ client }) => client.address === address)
    if (found !== undefined) return found
    if (typeof on !== 'number')
      throw new TypeError("the proxy to create beside is of no referent of this manager's servers")
    throw new RangeError(`there is no server ${on}: this manager has ${this.#all.length}, from 0`)
  }

  get first(): Connection {
    return this.at(0)
  }

  /** The server of a name: the same one for all programs that have these servers. */
  of(name: string): Connection {
    return this.at(createHash('sha256').update(name).digest().readUInt32BE() % this.#all.length)
  }

  /** Runs `make`, which makes a referent, with the server that it is placed on. */
  async place<T>(on: Connection | undefined, make: (server: Connection) => Promise<T>): Promise<T> {
    const server = on ?? this.#leastLoaded()
    this.#count(server, 1)
    try {
      return await make(server)
    } finally {
      this.#count(server, -1)
    }
  }

  /**
   * Those that have ended are left out.
   * @throws (as a rejection) ManagerError `SESSION_LOST` where all have that are asked, `TIMEOUT`, `ABORTED`; RangeError for a server
   * that isn't one of these
   */
  async inspect({ limit, load = false, find, server: index, ...options }: InspectOptions = {}): Promise<Inspection> {
    const inspect = async ({ client }: Connection): Promise<ServerInspection> =>
      inspectionOf(await client.ask('inspect', find === undefined ? [limit, load] : [limit, load, find], options))
    const only = index === undefined ? undefined : this.at(index)
    const parts = await allOver(
      this.#all.map(async (server) => {
        if (only === undefined || server === only) return inspect(server).catch(undefinedIfLost)
        return undefined
      }),
    )
    const there = parts.filter((part) => part !== undefined)
    const first = there[0] ?? (await inspect(only ?? this.first))
    return { ...merged(first, there), servers: parts }
  }

  /** Resolves when all have ended, where this program started them, else the sessions; keeps this program alive until then. */
  async join(): Promise<void> {
    await allOver(this.#all.map(({ client, hosting }) => (hosting ?? client.session).join()))
  }

  /** Ends the servers, whoever started them. */
  async shutDown(): Promise<void> {
    await allOver(this.#all.map(({ client, hosting }) => (hosting === undefined ? client.shutDown() : hosting.end())))
  }

  /** Ends the sessions, and the servers that this program started. Idempotent; never rejects. */
  async close(): Promise<void> {
    for (const { client } of this.#all) connectionPool.remove(client)
    await Promise.all(this.#all.map(closeConnection))
  }

  /** Of several alike it is the first. */
  #leastLoaded(): Connection {
    const [least] = this.#all.toSorted(
      (one, other) => absence(one) - absence(other) || this.#loadOf(one) - this.#loadOf(other),
    )
    return least ?? this.first
  }

  #loadOf(server: Connection): number {
    return server.client.imports.size + (this.#making.get(server) ?? 0)
  }

  #count(server: Connection, change: number): void {
    this.#making.set(server, (this.#making.get(server) ?? 0) + change)
  }
}

/** 0 for a server that can be reached, 1 for one that may be again. One without a referent may just have ended. */
function absence({ client: { session } }: Connection): number {
  if (session.isConnected) return 0
  return session.end === undefined ? 1 : 2
}

function undefinedIfLost(error: unknown): undefined {
  if (!isManagerError(error, 'SESSION_LOST')) throw error
}
