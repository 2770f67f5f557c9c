import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import {
  connect as connectTls,
  type ConnectionOptions,
  createServer as createTlsServer,
  type TlsOptions,
} from 'node:tls'
import type { Over } from './peer.ts'

/** Hands each connection to `accept`, and resolves with the address that it is listening at. */
export async function listenAt(path: string, over: Over, accept: (socket: Socket) => void): Promise<string> {
  const server = over === 'tls' ? createTlsServer(await certificate(), accept) : createServer({ noDelay: true }, accept)
  server.listen(over === 'unix' ? { path } : { host, port: 0 })
  await once(server, 'listening')
  return over === 'unix' ? path : String((server.address() as AddressInfo).port)
}

export async function connectAt(address: string, over: Over): Promise<Socket> {
  const socket = over === 'tls' ? connectTls(encrypted(address)) : createConnection(plain(address, over))
  socket.setNoDelay(true)
  await once(socket, over === 'tls' ? 'secureConnect' : 'connect')
  return socket
}

const host = '127.0.0.1'

function plain(address: string, over: Over): { path: string } | { host: string; port: number } {
  return over === 'unix' ? { path: address } : { host, port: Number(address) }
}

function encrypted(address: string): ConnectionOptions {
  return { host, port: Number(address), rejectUnauthorized: false, minVersion: 'TLSv1.3' }
}

/** Loaded for TLS alone: where a start is measured, nothing of the library is loaded beside. */
async function certificate(): Promise<TlsOptions> {
  const { selfSigned } = await import('../../lib/transport/certificate.ts')
  return { ...selfSigned(), minVersion: 'TLSv1.3', noDelay: true }
}
