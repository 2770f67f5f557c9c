import { type Address, isNetwork, parseAddress } from './address.ts'
import { connectSocket, listenSocket } from './socket.ts'
import type { DialingOptions, NetworkOptions } from './network-options.ts'
import { connectTcp, listenTcp } from './tcp.ts'
import type { Newcomers } from './newcomers.ts'
import type { Listener, Transport } from './transport.ts'

/**
 * Connects to what listens at an address.
 * @throws TypeError for a text that is no address; ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first
 */
export async function connectTo(text: string, options: DialingOptions, signal?: AbortSignal): Promise<Transport> {
  const address = parseAddress(text)
  return isNetwork(address) ? connectTcp(address, options, signal) : connectSocket(address, signal)
}

/**
 * Listens at an address, and hands each connection to `accept`, which owns it from then on. Of all that try at one address, one
 * succeeds.
 * @param newcomers counts connections that aren't encrypted yet; `accept` is given those that are
 * @param occupant names the process that serves there already
 * @throws ManagerError `START_FAILED`
 */
export async function listenAt(
  address: Address,
  accept: (transport: Transport) => void,
  options: NetworkOptions,
  { newcomers, occupant }: { newcomers?: Newcomers; occupant?: (address: Address) => Promise<string> } = {},
): Promise<Listener> {
  return isNetwork(address) ? listenTcp(address, accept, options, newcomers) : listenSocket(address, accept, occupant)
}
