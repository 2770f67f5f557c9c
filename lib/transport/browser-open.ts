import { onAbort } from '../abort.ts'
import { ManagerError } from '../errors.ts'
import { hostAndPort, isLoopback, isNetwork, isWebSocket, parseAddress } from './address.ts'
import { BrowserTransport, type BrowserWebSocket } from './browser-transport.ts'
import type { DialingOptions } from './network-options.ts'
import { subprotocol } from './subprotocol.ts'
import type { Transport } from './transport.ts'

declare const WebSocket: new (url: string, protocols: string) => BrowserWebSocket

/**
 * Connects to what listens at an address, in a browser: what `open.ts` has, but for listening.
 * @throws TypeError for a text that is no address; ManagerError `CONNECT_FAILED`; `ABORTED` when the signal aborts first
 */
export async function connectTo(text: string, options: DialingOptions, signal?: AbortSignal): Promise<Transport> {
  const address = parseAddress(text)
  if (options.tls !== undefined) throw new TypeError('tls is what the browser makes of it; give no option for it here')
  if (!isNetwork(address) || !isWebSocket(address))
    throw new ManagerError('CONNECT_FAILED', `a browser can't reach ${address}; have the server listen at wss: or ws:`)
  if (address.startsWith('ws:') && !isLoopback(hostAndPort(address).host) && options.allowUnencrypted !== true)
    throw new ManagerError(
      'CONNECT_FAILED',
      `can't connect to ${address}: nothing would be encrypted on the way; use wss:// instead, or say { allowUnencrypted: true }`,
    )
  if (signal?.aborted === true) throw aborted(address, signal)
  const webSocket = openWebSocket(address)
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      webSocket.close()
      reject(aborted(address, signal))
    }
    const stop = signal === undefined ? () => undefined : onAbort(signal, abort)
    webSocket.addEventListener('open', () => {
      stop()
      resolve(new BrowserTransport(webSocket, address))
    })
    webSocket.addEventListener('close', () => {
      stop()
      reject(new ManagerError('CONNECT_FAILED', reasonAgainst(address)))
    })
  })
}

function openWebSocket(address: string): BrowserWebSocket {
  try {
    return new WebSocket(`${address}/`, subprotocol.unbound)
  } catch (cause) {
    throw new ManagerError('CONNECT_FAILED', `this page may not connect to ${address}`, { cause })
  }
}

/** A browser tells a page nothing more. */
function reasonAgainst(address: string): string {
  return `can't connect to ${address}: nothing answers there, the server doesn't name the origin of this page (origins), or the browser doesn't trust its certificate`
}

function aborted(address: string, signal: AbortSignal | undefined): ManagerError {
  return new ManagerError('ABORTED', `connecting to ${address} was aborted`, { cause: signal?.reason })
}
