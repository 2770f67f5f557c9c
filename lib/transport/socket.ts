import { createConnection, createServer, type Server } from 'node:net'
import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import { ManagerError } from '../errors.ts'
import { type Address, parseAddress, socketPath } from './address.ts'
import { SocketTransport } from './socket-transport.ts'
import type { Listener, Transport } from './transport.ts'

/** @throws ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first */
export async function connectSocket(address: string, signal?: AbortSignal): Promise<Transport> {
  const path = socketPath(parseAddress(address))
  const socket = createConnection({ path })
  try {
    await once(socket, 'connect', signal === undefined ? {} : { signal })
  } catch (cause) {
    socket.destroy()
    if (signal?.aborted === true)
      throw new ManagerError('ABORTED', `connecting to ${address} was aborted`, { cause: signal.reason })
    throw new ManagerError('CONNECT_FAILED', `nothing answers at ${address}; is the manager's server running?`, {
      cause,
    })
  }
  return new SocketTransport(socket, address)
}

/** Listens at a unix socket or named pipe; gives each connection to `accept`, which owns it from then on. */
export async function listenSocket(address: Address, accept: (transport: Transport) => void): Promise<Listener> {
  const server = createServer({ noDelay: true }, (socket) =>
    accept(new SocketTransport(socket, `a client of ${address}`, true)),
  )
  try {
    await listen(server, address)
  } catch (cause) {
    throw new ManagerError(
      'START_FAILED',
      `can't listen at ${address}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
  return new SocketListener(address, server)
}

/** A server that was killed leaves its socket file, at which nobody answers any more: that one is taken over. */
async function listen(server: Server, address: Address): Promise<void> {
  const path = socketPath(address)
  server.listen({ path })
  try {
    await once(server, 'listening')
  } catch (error) {
    if (!isCode(error, 'EADDRINUSE') || !(await isAbandoned(path))) throw error
    await unlink(path)
    server.listen({ path })
    await once(server, 'listening')
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const probe = createConnection({ path })
  try {
    await once(probe, 'connect')
    return false
  } catch (error) {
    return isCode(error, 'ECONNREFUSED')
  } finally {
    probe.destroy()
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

class SocketListener implements Listener {
  readonly address: string
  readonly #server: Server

  constructor(address: string, server: Server) {
    this.address = address
    this.#server = server
  }

  ref(): void {
    this.#server.ref()
  }

  unref(): void {
    this.#server.unref()
  }

  // The server's 'close' waits for its connections, which live on; the socket file is gone as soon as this returns.
  async close(): Promise<void> {
    this.#server.close()
  }
}
