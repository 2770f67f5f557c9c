import { randomBytes } from 'node:crypto'
import { type MessagePort, MessageChannel, threadId } from 'node:worker_threads'
import { ManagerError } from '../errors.ts'
import { onAbort } from '../abort.ts'
import { longestTimerMs } from '../deadline.ts'
import { processWide } from '../process-wide.ts'
import type { ThreadAddress } from './address.ts'
import { PortStream } from './port-stream.ts'
import { SocketReader } from './socket-reader.ts'
import { SocketTransport } from './socket-transport.ts'
import type { Listener, Transport } from './transport.ts'

const mark = 'referent.connection'

/** What is sent to the thread of an address, with the other end of a connection. Others send there too. */
interface Connecting {
  readonly mark: typeof mark
  readonly address: ThreadAddress
  readonly port: MessagePort
}

type Take = (port: MessagePort) => void

/** A new address in this thread: nobody listens there yet. */
export function freshThreadAddress(): ThreadAddress {
  return `thread:${threadId}-${randomBytes(16).toString('hex')}`
}

/** @throws ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first */
export async function connectThread(address: ThreadAddress, signal?: AbortSignal): Promise<Transport> {
  const { port1, port2 } = new MessageChannel()
  try {
    await hand(address, port2, signal)
  } catch (cause) {
    port1.close()
    if (signal?.aborted === true)
      throw new ManagerError('ABORTED', `connecting to ${address} was aborted`, { cause: signal.reason })
    const message = `nothing answers at ${address}: only threads of the process that serves there reach it, while it does`
    throw new ManagerError('CONNECT_FAILED', message, { cause })
  }
  return transportOver(port1, address, false)
}

/** As `listenAt`. @throws ManagerError `START_FAILED` */
export async function listenThread(address: ThreadAddress, accept: (transport: Transport) => void): Promise<Listener> {
  return new ThreadListener(address, (port) => accept(transportOver(port, `a client of ${address}`, true)))
}

/** Takes each port that comes for an address of this thread, until that is undone. */
export function takePorts(address: ThreadAddress, take: Take): () => void {
  takers().set(address, take)
  return () => void takers().delete(address)
}

/** Gives a port to who takes those of an address in this thread. Returns whether anybody does. */
export function givePort(address: ThreadAddress, port: MessagePort): boolean {
  const take = takers().get(address)
  take?.(port)
  return take !== undefined
}

/** Who takes the ports of each address of this thread, whichever copy of this package that is. */
function takers(): Map<ThreadAddress, Take> {
  return processWide('thread-addresses', () => {
    process.on('workerMessage', (sent: unknown) => {
      // What a listener throws is told to who sent it.
      if (isConnecting(sent) && !givePort(sent.address, sent.port)) throw nobody(sent.address)
    })
    return new Map<ThreadAddress, Take>()
  })
}

async function hand(address: ThreadAddress, port: MessagePort, signal: AbortSignal | undefined): Promise<void> {
  const thread = Number(/\d+/.exec(address)?.[0])
  if (thread === threadId) {
    if (!givePort(address, port)) throw nobody(address)
    return
  }
  // Looked up when it is needed: Node has it since 20.19 and 22.5, and what is like Node may not.
  const { postMessageToThread } = process.getBuiltinModule('node:worker_threads')
  const connecting: Connecting = { mark, address, port }
  const handed = postMessageToThread(thread, connecting, [port])
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    if (signal !== undefined) stop = onAbort(signal, () => reject(new Error('it was aborted')))
  })
  await Promise.race([handed, aborted]).finally(() => stop())
}

function nobody(address: ThreadAddress): Error {
  return new Error(`nobody serves at ${address}`)
}

function transportOver(port: MessagePort, peer: string, appliesBackpressure: boolean): Transport {
  return new SocketTransport(new SocketReader(() => new PortStream(port)), peer, { appliesBackpressure })
}

function isConnecting(sent: unknown): sent is Connecting {
  return typeof sent === 'object' && sent !== null && 'mark' in sent && sent.mark === mark
}

class ThreadListener implements Listener {
  readonly address: ThreadAddress
  readonly advertised: ThreadAddress
  readonly #stop: () => void
  #keepingAlive: NodeJS.Timeout | undefined

  constructor(address: ThreadAddress, take: Take) {
    this.address = address
    this.advertised = address
    this.#stop = takePorts(address, take)
    this.ref()
  }

  ref(): void {
    this.#keepingAlive ??= setInterval(() => undefined, longestTimerMs)
  }

  unref(): void {
    clearInterval(this.#keepingAlive)
    this.#keepingAlive = undefined
  }

  async close(): Promise<void> {
    this.unref()
    this.#stop()
  }
}
