import { ManagerError } from '../errors.ts'
import { sharedClasses } from '../registry.ts'
import type { CallOptions } from '../session/wait.ts'
import type { Shape } from '../wire/descriptor.ts'
import { accessTo, Client } from './client.ts'
import type { Access } from './client-session.ts'
import { connectTimeoutMs } from './reconnecting-session.ts'
import { isSameServer, locationKey, parseReference, type ReferenceParts } from './reference.ts'

/** So many servers that a peer names may be connected to at a time: each takes a socket, whether or not it is there. */
const maxOpening = 64

/**
 * The clients of this process that references are attached over, one for each server at each place: one is used only
 * for references that name the very server which has proved to be there, or will.
 */
export class ConnectionPool {
  /** Those that somebody else owns and closes, such as a manager. */
  readonly #added = new Set<Client>()
  /** Those for references alone. Each closes when neither side holds anything of the other any more. */
  readonly #opened = new Map<string, Client>()

  /** Lets references to the client's server be attached over its session, while it has one. */
  add(client: Client): void {
    this.#added.add(client)
  }

  /** Ends the lending. */
  remove(client: Client): void {
    this.#added.delete(client)
  }

  /** The referent that the reference leads to, as a proxy. */
  attach(parts: ReferenceParts, options?: CallOptions): Promise<unknown> {
    const client = this.#clientOf(parts) ?? this.#open(parts, accessOf(parts), options?.timeoutMs)
    return client.attach(parts.id, parts.secret, options)
  }

  /**
   * A proxy for a reference that came inside a message: the one that this process has of the referent, or another one at
   * once, while this process attaches to it.
   */
  open(reference: string, shape: Shape): object {
    const parts = parseReference(reference)
    return (this.#clientOf(parts) ?? this.#openBounded(parts)).imports.expect(parts, shape)
  }

  /** Closes those that were opened here. */
  close(): void {
    for (const client of this.#opened.values()) client.close()
    this.#opened.clear()
  }

  #clientOf(parts: ReferenceParts): Client | undefined {
    for (const client of this.#added) if (client.isConnected && isSameServer(client.server, parts)) return client
    const opened = this.#opened.get(locationKey(parts))
    return opened?.isClosed === true ? undefined : opened
  }

  /** Whoever sent the reference chose what to connect to: where that is too much, calls reject with `OVERLOADED`. */
  #openBounded(parts: ReferenceParts): Client {
    let opening = 0
    for (const client of this.#opened.values()) if (client.isNew) opening++
    const overloaded = new ManagerError('OVERLOADED', `${maxOpening} other servers are being connected to already`)
    return this.#open(
      parts,
      opening < maxOpening ? accessOf(parts) : { ...accessOf(parts), connect: () => Promise.reject(overloaded) },
    )
  }

  /** @param timeoutMs how long the first who waits for the session does */
  #open(parts: ReferenceParts, access: Access, timeoutMs?: number): Client {
    const key = locationKey(parts)
    const options = {
      registry: sharedClasses(),
      open: (reference: string, shape: Shape) => this.open(reference, shape),
      closesWhenIdle: true,
      // Another one may have been opened to the same server since.
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

function accessOf(parts: ReferenceParts): Access {
  return accessTo(parts.address, { kind: 'capability', ...parts })
}

/** The one of this process: `attach` is a free function, so what it opens has no other owner. */
export const connectionPool: ConnectionPool = new ConnectionPool()
