import { isIP } from 'node:net'
import { type ConnectionOptions, TLSSocket, type TlsOptions as ServingOptions } from 'node:tls'
import { selfSigned } from './certificate.ts'
import type { TlsOptions } from './network-options.ts'
import type { ByteStream } from './socket-reader.ts'

/** Older ones have nothing that binds a proof to the connection for sure. */
const minVersion = 'TLSv1.3'

/** How long the other side may take for a handshake of TLS. */
const handshakeTimeout = 10_000

/** What a client says to Node of a connection to this host. */
export function dialingTls(host: string, { ca, servername = host, ...own }: TlsOptions = {}): ConnectionOptions {
  return {
    ...own,
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca: [...[ca].flat()] }),
    // An IP address is no name that could be asked for.
    ...(isIP(servername) === 0 ? { servername } : {}),
    minVersion,
  }
}

/** What a server says to Node. */
export function servingTls({ ca, cert, key, passphrase }: TlsOptions = {}): ServingOptions {
  return {
    ...(cert === undefined ? selfSigned() : { cert, key, passphrase }),
    ...(ca === undefined ? {} : { ca: [...[ca].flat()], requestCert: true, rejectUnauthorized: true }),
    minVersion,
    handshakeTimeout,
  }
}

/** What no other connection has, for proofs to be over (`tls-exporter` of RFC 9266); '' where it isn't encrypted. */
export function bindingOf(socket: ByteStream): string {
  if (!(socket instanceof TLSSocket)) return ''
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64url')
}
