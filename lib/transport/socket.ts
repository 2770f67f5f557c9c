import { once } from 'node:events'
import { stat, unlink } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { isManagerError, ManagerError } from '../errors.ts'
import { withOnread } from './accepted.ts'
import { assertRoomBeside, isFile, type Address, socketPath } from './address.ts'
import { linkAddress, unlinkAddress, freshName, inodeAt, isCode, obstacleAt } from './link-address.ts'
import { ServerListener } from './listener.ts'
import { SocketReader } from './socket-reader.ts'
import { SocketTransport } from './socket-transport.ts'
import type { Listener, Transport } from './transport.ts'

/** @throws ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first */
export async function connectSocket(address: Address, signal?: AbortSignal): Promise<Transport> {
  const path = socketPath(address)
  const reader = new SocketReader((onread) => createConnection({ path, onread }))
  const { socket } = reader
  try {
    await once(socket, 'connect', signal === undefined ? {} : { signal })
  } catch (cause) {
    socket.destroy()
    if (signal?.aborted === true)
      throw new ManagerError('ABORTED', `connecting to ${address} was aborted`, { cause: signal.reason })
    throw new ManagerError('CONNECT_FAILED', await reasonAgainstConnecting(address, cause), { cause })
  }
  return new SocketTransport(reader, address)
}

async function reasonAgainstConnecting(address: Address, cause: unknown): Promise<string> {
  const found = isFile(address) ? await obstacleAt(socketPath(address), stat) : undefined
  if (found !== undefined) return `${found}, so that nothing answers at ${address}`
  if (isCode(cause, 'EACCES')) return `this user may not connect to ${address}`
  return `nothing answers at ${address}; is the manager's server running?`
}

/**
 * Listens at a unix socket or named pipe, and hands each connection to `accept`, which owns it from then on. Of all that try
 * at one address, one succeeds.
 * @param occupant names the process that serves there already
 * @throws ManagerError `START_FAILED`
 */
export async function listenSocket(
  address: Address,
  accept: (transport: Transport) => void,
  occupant: (address: Address) => Promise<string> = async () => 'another process',
): Promise<Listener> {
  const server = createServer({ noDelay: true }, (accepted) => {
    const reader = new SocketReader((onread) => withOnread(accepted, onread))
    accept(new SocketTransport(reader, `a client of ${address}`, { appliesBackpressure: true }))
  })
  try {
    const listener = await listen(server, address)
    if (listener !== undefined) return listener
  } catch (cause) {
    server.close()
    throw startFailed(address, await reasonAgainst(address, cause), { cause })
  }
  throw startFailed(address, `${await occupant(address)} serves there; choose another address, or connect to it`)
}

/** Undefined where another process listens at the address. */
async function listen(server: Server, address: Address): Promise<Listener | undefined> {
  const path = socketPath(address)
  if (!isFile(address)) return (await isListening(server, path)) ? new ServerListener(server, address) : undefined
  assertRoomBeside(path)
  const own = freshName(path)
  await isListening(server, own)
  const inode = inodeAt(own)
  const isClaimed = await linkAddress(own, path)
  // What `close` of Node removes is this name, never the address.
  await unlink(own).catch(() => undefined)
  if (isClaimed) return new FileListener(server, address, path, inode)
  server.close()
  return undefined
}

/** Whether it listens from then on: not where another process does. Never by the primary of a cluster. */
async function isListening(server: Server, path: string): Promise<boolean> {
  server.listen({ path, exclusive: true })
  try {
    await once(server, 'listening')
    return true
  } catch (error) {
    if (isCode(error, 'EADDRINUSE')) return false
    throw error
  }
}

/** Node says `EACCES` also of a folder that isn't there. */
async function reasonAgainst(address: Address, cause: unknown): Promise<string> {
  if (isManagerError(cause)) return cause.message
  const found = isFile(address) ? await obstacleAt(socketPath(address)) : undefined
  return found ?? (cause instanceof Error ? cause.message : String(cause))
}

function startFailed(address: string, reason: string, options: { readonly cause?: unknown } = {}): ManagerError {
  return new ManagerError('START_FAILED', `can't listen at ${address}: ${reason}`, options)
}

/** One whose socket is a file. */
class FileListener extends ServerListener {
  readonly #path: string
  readonly #inode: bigint

  constructor(server: Server, address: Address, path: string, inode: bigint) {
    super(server, address)
    this.#path = path
    this.#inode = inode
  }

  /** The name goes first, while nobody can take it. */
  override async close(): Promise<void> {
    if (this.server.listening) unlinkAddress(this.#path, this.#inode)
    await super.close()
  }
}
