import { assertOptions, type Check, type Checks, isBoolean, isListOf, isText, mustBe } from '../options.ts'
import { isEncrypted, isNetwork, isWebSocket, kindOf, type NetworkAddress, parseAddress } from './address.ts'

/** How connections to other machines are made. */
export interface DialingOptions {
  /** For `tls:` and `wss:` addresses. */
  readonly tls?: TlsOptions
  /**
   * Allows `tcp:` and `ws:` to and from other machines, where all on the way can read and change what is said. References that come to
   * a process are then dialed so by it, too. Default false: only to this machine itself.
   */
  readonly allowUnencrypted?: boolean
}

/** How connections from other machines are taken. */
export interface NetworkOptions extends DialingOptions {
  /**
   * The address by which others reach the server, where that isn't the one at which it listens, as behind a router or in a
   * container: references name it, and `manager.address`. With the port 0 it is that at which the server listens. Default: where it
   * listens, or where that is every interface, the host's name. A server at `ws:` may advertise an address of `wss:`, where something
   * before it ends the encryption.
   */
  readonly advertise?: string
  /**
   * At `ws:` and `wss:` addresses, the pages that may connect: their origins, as browsers send them (`https://app.example`), or
   * `*` for all. Pages of other origins are refused. Default: none. It says nothing of programs, which send no origin.
   */
  readonly origins?: readonly string[]
}

/** What of Node's own options of TLS there is (https://nodejs.org/api/tls.html). All are PEM texts. */
export interface TlsOptions {
  /**
   * This side's certificate chain. A server without one makes one: each side proves itself by what it knows, over a value of
   * that very connection, so that nobody can be in between whatever certificate there is.
   */
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
  /** The other side must have a certificate that one of these has signed: of a client, and for the host's name of a server. */
  readonly ca?: string | readonly string[]
  /** The name that the server's certificate must be for, where it isn't the host's. */
  readonly servername?: string
}

const isCertificates: Check = (name, value) => {
  if (typeof value === 'string') return
  if (!Array.isArray(value)) throw mustBe(name, value, 'a PEM text, or several')
  isListOf(isText)(name, value)
}

const tlsChecks: Checks<TlsOptions> = {
  cert: isText,
  key: isText,
  passphrase: isText,
  ca: isCertificates,
  servername: isText,
}

/** For connecting. */
export const dialingChecks: Checks<DialingOptions> = {
  tls: (name, value) => assertOptions(name, value, tlsChecks),
  allowUnencrypted: isBoolean,
}

/** As a browser writes it: https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin */
const isOrigin: Check = (name, value) => {
  isText(name, value)
  if (value === '*' || (URL.canParse(String(value)) && new URL(String(value)).origin === value)) return
  throw new TypeError(
    `${name} has '${String(value)}', which is no origin; one looks like https://app.example or http://localhost:8080`,
  )
}

/** For listening. */
export const networkChecks: Checks<NetworkOptions> = {
  ...dialingChecks,
  advertise: (name, value) => {
    isText(name, value)
    networkAddressOf(String(value))
  },
  origins: isListOf(isOrigin),
}

/** @throws TypeError for options that would do nothing at any of these addresses */
export function assertDoSomething(texts: readonly string[], { tls, advertise, origins }: NetworkOptions): void {
  const addresses = texts.filter(isNetwork)
  if (tls !== undefined && !addresses.some(isEncrypted))
    throw new TypeError('tls is given, and no address that is encrypted; one looks like tls://host:7000')
  if (origins !== undefined && !addresses.some(isWebSocket))
    throw new TypeError('origins are given, and no address that browsers reach; one looks like wss://host:7000')
  if (advertise === undefined || addresses.some((address) => mayAdvertise(address, networkAddressOf(advertise)))) return
  throw new TypeError(
    `${advertise} is to be advertised, and the server listens at no address of ${/^\w*/.exec(advertise)?.[0]}:`,
  )
}

/** An address of the same kind; of a WebSocket that somebody encrypts on the way, one that is encrypted. */
function mayAdvertise(address: NetworkAddress, advertised: NetworkAddress): boolean {
  const kinds = [kindOf(address), ...(kindOf(address) === 'ws' ? ['wss'] : [])]
  return kinds.includes(kindOf(advertised))
}

/** @throws TypeError */
export function networkAddressOf(text: string): NetworkAddress {
  const address = parseAddress(text)
  if (isNetwork(address)) return address
  throw new TypeError(`'${text}' is no address of a network; one looks like tls://host:7000`)
}
