import { type ManagerError } from '../errors.ts'
import { type Address, isNetwork, isThread, isWebSocket, parseAddress, type Place, privateAddress } from './address.ts'
import { connectSocket, listenSocket } from './socket.ts'
import type { DialingOptions, NetworkOptions } from './network-options.ts'
import { connectTcp, listenTcp } from './tcp.ts'
import type { Newcomers } from './newcomers.ts'
import { connectThread, freshThreadAddress, listenThread } from './threads.ts'
import type { Listener, Transport } from './transport.ts'
import { connectWebSocket, listenWebSocket } from './websocket.ts'

/**
 * Connects to what listens at an address.
 * @throws TypeError for a text that is no address; ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first
 */
export async function connectTo(text: string, options: DialingOptions, signal?: AbortSignal): Promise<Transport> {
  const address = parseAddress(text)
  if (isThread(address)) return connectThread(address, signal)
  if (!isNetwork(address)) return connectSocket(address, signal)
  return (isWebSocket(address) ? connectWebSocket : connectTcp)(address, options, signal)
}

/**
 * Listens at an address, and hands each connection to `accept`, which owns it from then on. Of all that try at one address, one
 * succeeds.
 * @param newcomers counts connections that aren't encrypted yet, or no WebSocket yet; `accept` is given those that are
 * @param occupant names the process that serves there already
 * @param refused is told of who isn't let in before that
 * @throws ManagerError `START_FAILED`
 */
export async function listenAt(
  address: Address,
  accept: (transport: Transport) => void,
  options: NetworkOptions,
  { newcomers, occupant, refused }: ListeningHooks = {},
): Promise<Listener> {
  if (isThread(address)) return listenThread(address, accept)
  if (!isNetwork(address)) return listenSocket(address, accept, occupant)
  if (!isWebSocket(address)) return listenTcp(address, accept, options, newcomers)
  const hooks = { ...(newcomers === undefined ? {} : { newcomers }), ...(refused === undefined ? {} : { refused }) }
  return listenWebSocket(address, accept, options, hooks)
}

interface ListeningHooks {
  readonly newcomers?: Newcomers
  readonly occupant?: (address: Address) => Promise<string>
  readonly refused?: (error: ManagerError) => void
}

/**
 * The place of an address that a program gives, or without one a fresh place that only this user can reach. At `thread:` it is
 * fresh too, and of this thread.
 * @throws (as a rejection) TypeError for a text that is no address to listen at; ManagerError `START_FAILED`
 */
export async function placeAt(text: string | undefined): Promise<Place> {
  if (text === undefined) return privateAddress()
  const address = parseAddress(text)
  if (!isThread(address)) return { address }
  if (address === 'thread:') return { address: freshThreadAddress() }
  throw new TypeError(`'${text}' is the address of another server; one that is to be reached by threads has 'thread:'`)
}
