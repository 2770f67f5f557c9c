import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import {
  type Address,
  type NetworkKind,
  privateAddress,
  removeFolder,
  socketPath,
} from '../../lib/transport/address.ts'
import { connectSocket, listenSocket } from '../../lib/transport/socket.ts'
import { connectTo, listenAt } from '../../lib/transport/open.ts'
import type { DialingOptions, NetworkOptions } from '../../lib/transport/network-options.ts'
import type { Transport } from '../../lib/transport/transport.ts'

/** Runs `use` with a fresh address, at which nothing is left afterwards. */
export async function atAddress(use: (address: Address) => Promise<void>): Promise<void> {
  const { address, folder } = await privateAddress()
  try {
    await use(address)
  } finally {
    if (folder !== undefined) await removeFolder(folder)
  }
}

/** The two ends of one connection. */
export async function connectPair(): Promise<[near: Transport, far: Transport]> {
  const { address, folder } = await privateAddress()
  let accept = (_transport: Transport): void => undefined
  const accepted = new Promise<Transport>((resolve) => (accept = resolve))
  const listener = await listenSocket(address, (transport) => accept(transport))
  const near = await connectSocket(address)
  const far = await accepted
  await listener.close()
  if (folder !== undefined) await removeFolder(folder)
  return [near, far]
}

/** The two ends of one connection over the network of this machine. */
export async function connectNetworkPair(
  kind: NetworkKind,
  { listening = {}, dialing = {} }: { readonly listening?: NetworkOptions; readonly dialing?: DialingOptions } = {},
): Promise<[near: Transport, far: Transport]> {
  let accept = (_transport: Transport): void => undefined
  const accepted = new Promise<Transport>((resolve) => (accept = resolve))
  const listener = await listenAt(`${kind}://127.0.0.1:0`, (transport) => accept(transport), listening)
  try {
    const near = await connectTo(listener.address, dialing)
    return [near, await accepted]
  } finally {
    await listener.close()
  }
}

/** Runs `use` with a transport and the bare socket that is its far side. */
export async function againstBareSocket(
  use: (near: Transport, far: Socket) => Promise<void>,
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<void> {
  await atAddress(async (address) => {
    const server: Server = createServer(options)
    server.listen(socketPath(address))
    const accepted: Promise<[Socket]> = once(server, 'connection') as Promise<[Socket]>
    const near = await connectSocket(address)
    const [far] = await accepted
    try {
      await use(near, far)
    } finally {
      near.destroy()
      far.destroy()
      server.close()
    }
  })
}
