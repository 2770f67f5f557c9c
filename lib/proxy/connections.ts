import type { Credential } from '../auth/handshake.ts'
import { ManagerError } from '../errors.ts'
import { sharedClasses } from '../registry.ts'
import type { CallOptions } from '../session/wait.ts'
import type { Shape } from '../wire/descriptor.ts'
import { type Client, openClient, type OpenOptions } from './client.ts'
import { createForeignProxy } from './foreign.ts'
import { keyOf, parseReference, type ReferenceParts, type ServerPlace } from './reference.ts'

/** So many servers that a peer names may be connected to at a time: each takes a socket, whether or not it is there. */
const maxOpening = 64

/** A session that was opened for references alone. */
interface Opened {
  client: Promise<Client>
  /** The same, once it is there. */
  current: Client | undefined
  /** How many wait for what they attach to: they need the session, idle as it may look. */
  attaching: number
}

/**
 * The sessions of this process that references are attached over, one for each server at each place: a session is used
 * only for references that name the very server which has proved to be there. A signal of the first to
 * attach bounds the opening for all who share it.
 */
export class Connections {
  /** Sessions that somebody else owns and closes, such as a manager's. */
  readonly #lent = new Map<string, Set<Client>>()
  /** Each closes when neither side holds anything of the other any more. */
  readonly #opened = new Map<string, Opened>()
  /** The proxies whose referents are being attached to, by their references. */
  readonly #attaching = new Map<string, object>()
  #opening = 0

  /** Lets references to the client's server be attached over its session, for as long as that lives. */
  lend(client: Client): void {
    const key = keyOf(client.server)
    this.#lent.set(key, (this.#lent.get(key) ?? new Set()).add(client))
  }

  /** Ends the lending. */
  takeBack(client: Client): void {
    const key = keyOf(client.server)
    const clients = this.#lent.get(key)
    clients?.delete(client)
    if (clients?.size === 0) this.#lent.delete(key)
  }

  /** The referent that the reference leads to, as a proxy. */
  async attach(parts: ReferenceParts, options?: CallOptions): Promise<unknown> {
    const key = keyOf(parts)
    const [lent] = this.#lent.get(key) ?? []
    if (lent !== undefined) return lent.attach(parts.id, parts.secret, options)
    const opened = this.#opened.get(key) ?? this.#open(parts, options)
    opened.attaching++
    try {
      const client = await opened.client
      return await client.attach(parts.id, parts.secret, options)
    } finally {
      opened.attaching--
      this.#closeIdle(key, opened)
    }
  }

  /**
   * A proxy for a reference that came inside a message: the one that this process has of the referent, or another one at
   * once, while this process attaches to it.
   */
  open(reference: string, shape: Shape): object {
    const parts = parseReference(reference)
    return this.#sessionWith(parts)?.proxyOf(parts.id, parts.secret) ?? this.#openProxy(reference, parts, shape)
  }

  /** Closes the sessions that were opened here. */
  async close(): Promise<void> {
    const opened = [...this.#opened.values()]
    this.#opened.clear()
    for (const client of await Promise.allSettled(opened.map((each) => each.client)))
      if (client.status === 'fulfilled') client.value.close()
  }

  #sessionWith(server: ServerPlace): Client | undefined {
    const key = keyOf(server)
    const [lent] = this.#lent.get(key) ?? []
    return lent ?? this.#opened.get(key)?.current
  }

  #openProxy(reference: string, parts: ReferenceParts, shape: Shape): object {
    const known = this.#attaching.get(reference)
    if (known !== undefined) return known
    const attaching = this.#attachFor(parts).finally(() => this.#attaching.delete(reference))
    const proxy = createForeignProxy(parts, shape, sharedClasses().classOf(shape.typeid), attaching)
    this.#attaching.set(reference, proxy)
    return proxy
  }

  /** @throws (as a rejection) ManagerError `OVERLOADED`, as whoever sent the reference chose what to connect to */
  async #attachFor(parts: ReferenceParts): Promise<unknown> {
    const key = keyOf(parts)
    const isConnected = this.#lent.has(key) || this.#opened.has(key)
    if (!isConnected && this.#opening >= maxOpening)
      throw new ManagerError('OVERLOADED', `${maxOpening} other servers are being connected to already`)
    return this.attach(parts)
  }

  #open(parts: ReferenceParts, options?: CallOptions): Opened {
    const client = this.#openClient(parts, () => opened, options)
    const opened: Opened = { client, current: undefined, attaching: 0 }
    const key = keyOf(parts)
    this.#opened.set(key, opened)
    this.#opening++
    client
      .then(
        (current) => (opened.current = current),
        () => this.#forget(key, opened),
      )
      .finally(() => this.#opening--)
    return opened
  }

  /** @param opened what the session is known by here */
  #openClient(parts: ReferenceParts, opened: () => Opened, options?: OpenOptions): Promise<Client> {
    const credential: Credential = { kind: 'capability', ...parts }
    const key = keyOf(parts)
    return openClient(
      parts.address,
      credential,
      {
        registry: sharedClasses(),
        open: (reference, shape) => this.open(reference, shape),
        ended: () => this.#forget(key, opened()),
        idle: () => this.#closeIdle(key, opened()),
        reopen: (signal) => this.#openClient(parts, opened, { signal, keepsAlive: false }),
        reopened: (client) => {
          Object.assign(opened(), { client: Promise.resolve(client), current: client })
          this.#opened.set(key, opened())
        },
      },
      options,
    )
  }

  #closeIdle(key: string, opened: Opened): void {
    void opened.client.then(
      (client) => {
        if (opened.attaching > 0 || !client.isIdle) return
        this.#forget(key, opened)
        client.close()
      },
      () => undefined,
    )
  }

  /** Another session may have been opened to the same server since. */
  #forget(key: string, opened: Opened): void {
    if (this.#opened.get(key) === opened) this.#opened.delete(key)
  }
}

/** The one of this process: `attach` is a free function, so what it opens has no other owner. */
export const connections: Connections = new Connections()
