import { ManagerError } from '../errors.ts'
import { pick } from '../options.ts'
import { sharedClasses } from '../registry.ts'
import { callChecks, type CallOptions } from '../session/wait.ts'
import type { Shape } from '../wire/descriptor.ts'
import { type DialingOptions, dialingChecks } from '../transport/network-options.ts'
import { accessTo, Client } from './client.ts'
import type { Access } from './client-session.ts'
import { connectTimeoutMs } from './reconnecting-session.ts'
import { isSameServer, locationKey, parseReference, type ReferenceParts, type ServerLocation } from './reference.ts'

/** How many servers that peers name may be connected to at a time: each takes a socket, whether or not the server is there. */
const maxOpening = 64

/**
 * The clients of this process that references are attached over, one for each server at each address. A client is used only
 * for references to the server that has proved its identity there, or is to prove it.
 */
export class ConnectionPool {
  /** Those of managers, which close them. */
  readonly #added = new Set<Client>()
  /** Those for references alone. Each closes when it is idle. */
  readonly #opened = new Map<string, Client>()

  #allowsUnencrypted = false

  /** Connections for references may do what a manager or server of this process may. */
  allow({ allowUnencrypted = false }: DialingOptions): void {
    if (allowUnencrypted) this.#allowsUnencrypted = true
  }

  /** References to the client's server are attached over it while it is connected, until `remove`. */
  add(client: Client): void {
    this.#added.add(client)
    this.allow(client.network)
  }

  remove(client: Client): void {
    this.#added.delete(client)
  }

  /** Returns the proxy of the referent of a reference. */
  attach(parts: ReferenceParts, options: CallOptions & DialingOptions = {}): Promise<unknown> {
    const client = this.#clientOf(parts) ?? this.#open(parts, this.#accessOf(parts, options), options.timeoutMs)
    return client.attach(parts, pick(options, callChecks))
  }

  /** Returns the proxy for a reference that came inside a message at once; attaches to its referent meanwhile. */
  open(reference: string, shape: Shape): object {
    const parts = parseReference(reference)
    return (this.#clientOf(parts) ?? this.#openBounded(parts)).imports.expect(parts, shape)
  }

  /** Closes the clients for references alone. */
  close(): void {
    for (const client of this.#opened.values()) client.session.close()
    this.#opened.clear()
  }

  #clientOf(parts: ReferenceParts): Client | undefined {
    for (const client of this.#added)
      if (client.session.isConnected && isSameServer(client.server, parts)) return client
    const opened = this.#opened.get(locationKey(parts))
    return opened?.session.isClosed === true ? undefined : opened
  }

  /** Peers choose these servers: where they are too many, calls reject with `OVERLOADED`. */
  #openBounded(parts: ReferenceParts): Client {
    let opening = 0
    for (const client of this.#opened.values()) if (client.session.last === undefined) opening++
    const overloaded = new ManagerError('OVERLOADED', `${maxOpening} other servers are being connected to already`)
    return this.#open(
      parts,
      opening < maxOpening
        ? this.#accessOf(parts)
        : { ...this.#accessOf(parts), connect: () => Promise.reject(overloaded) },
    )
  }

  /** How this process connects to a server, as far as its managers say. */
  dialing(server: ServerLocation): DialingOptions {
    const key = locationKey(server)
    const known = [...this.#added].find((client) => client.server !== undefined && locationKey(client.server) === key)
    const tls = known?.network.tls
    return { ...(this.#allowsUnencrypted ? { allowUnencrypted: true } : {}), ...(tls === undefined ? {} : { tls }) }
  }

  #accessOf(parts: ReferenceParts, options: DialingOptions = {}): Access {
    const dialing = { ...this.dialing(parts), ...pick(options, dialingChecks) }
    return accessTo(parts.address, { kind: 'capability', ...parts }, dialing)
  }

  /** @param timeoutMs how long the first caller waits */
  #open(parts: ReferenceParts, access: Access, timeoutMs?: number): Client {
    const key = locationKey(parts)
    const options = {
      registry: sharedClasses(),
      open: (reference: string, shape: Shape) => this.open(reference, shape),
      closesWhenIdle: true,
      // Another client may have been opened since.
      ended: () => {
        if (this.#opened.get(key) === client) this.#opened.delete(key)
      },
    }
    const client: Client = new Client(access, options, {
      timeoutMs: timeoutMs === 0 ? 0 : Math.max(timeoutMs ?? 0, connectTimeoutMs),
    })
    this.#opened.set(key, client)
    return client
  }
}

/** The pool of this process: `attach` is a free function, so that its sessions have no other owner. */
export const connectionPool: ConnectionPool = new ConnectionPool()
