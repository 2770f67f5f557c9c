import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { randomBytes } from 'node:crypto'
import { ManagerError } from '../errors.ts'
import { absolutePath } from '../platform/node.ts'

/** `unix:/path/of/a/socket`, or `pipe:name` for a named pipe on Windows. */
type LocalAddress = `unix:${string}` | `pipe:${string}`

/** How a network is used: TCP, TLS over it, a WebSocket, or one over TLS. */
export type NetworkKind = 'tcp' | 'tls' | 'ws' | 'wss'

/** `tls://host:port` and `wss://host:port` are encrypted, `tcp://host:port` and `ws://host:port` aren't. */
export type NetworkAddress = `${NetworkKind}://${string}`

/** Where threads of one process reach a server of it, without a socket: the thread that takes connections, and a name. */
export type ThreadAddress = `thread:${string}`

export type Address = LocalAddress | ThreadAddress | NetworkAddress

/** The longest path a unix socket can have on every supported system (macOS: 104 bytes with its end mark). */
const maxSocketPathBytes = 103

/** How long the names are that a server has beside its socket for a moment: `/`, two marks, and an inode in base 36. */
const besideBytes = 16

/** The texts of the addresses of several servers, as `manager.address` has them. */
export function addressesIn(text: string): string[] {
  return text.split(/,(?=(?:unix|pipe|thread|tcp|tls|wss?):)/)
}

/**
 * A path that is relative is taken from the working directory of this process: others may have another.
 * @throws TypeError for a text that isn't an address
 */
export function parseAddress(text: string): Address {
  if (addressesIn(text).length > 1) throw new TypeError(`'${text}' are the addresses of several servers; give one`)
  if (/^thread:(?:\d+-[\da-f]{32})?$/.test(text)) return text as ThreadAddress
  const [, kind, name = ''] = /^(unix|pipe|tcp|tls|wss?):(.[^]*)$/.exec(text) ?? []
  if (kind === 'pipe') return `pipe:${name}`
  // Linux knows sockets without a file, whose names begin with a NUL.
  if (kind === 'unix') return `unix:${name.startsWith('\0') ? name : absolutePath(name)}`
  if (kind !== undefined) return networkAddress(kind as NetworkKind, name)
  throw new TypeError(
    `'${text}' is not an address; one looks like unix:/run/app/manager.sock, tls://host:7000 or tcp://127.0.0.1:7000, or pipe:name on Windows; or thread: for threads of this process`,
  )
}

export function isThread(address: string): address is ThreadAddress {
  return address.startsWith('thread:')
}

export function isNetwork(address: string): address is NetworkAddress {
  return /^(?:tcp|tls|wss?):/.test(address)
}

/** A host without brackets, and a port. */
export function hostAndPort(address: NetworkAddress): { readonly host: string; readonly port: number } {
  const [, host = '', port] = /^\w+:\/\/\[?([^\]]*)\]?:(\d+)$/.exec(address) ?? []
  return { host, port: Number(port) }
}

/** The same address with another host or port. */
export function addressAt(address: NetworkAddress, host: string, port: number): NetworkAddress {
  return `${kindOf(address)}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

export function kindOf(address: NetworkAddress): NetworkKind {
  return address.slice(0, address.indexOf(':')) as NetworkKind
}

/** Whether what is said there is encrypted on the way. */
export function isEncrypted(address: NetworkAddress): boolean {
  return ['tls', 'wss'].includes(kindOf(address))
}

/** Whether it is reached by a WebSocket. */
export function isWebSocket(address: NetworkAddress): boolean {
  return ['ws', 'wss'].includes(kindOf(address))
}

/** Whether only processes of this machine are at the host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Whether it is every address of this machine, at which nobody can be reached. */
export function isEveryInterface(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** Where this machine itself reaches what listens at an address. */
export function ownAddress(address: Address): Address {
  if (!isNetwork(address)) return address
  const { host, port } = hostAndPort(address)
  return isEveryInterface(host) ? addressAt(address, host === '::' ? '::1' : '127.0.0.1', port) : address
}

function networkAddress(kind: NetworkKind, rest: string): NetworkAddress {
  const [, host, port] = /^\/\/([a-z\d][a-z\d.-]{0,252}|\[[\da-f:.]{2,45}\]):(\d{1,5})$/i.exec(rest) ?? []
  if (host === undefined || Number(port) > 65_535)
    throw new TypeError(
      `'${kind}:${rest}' is not an address; one looks like ${kind}://db.example.org:7000, with 0 for a port that is free`,
    )
  return `${kind}://${host.toLowerCase()}:${Number(port)}`
}

/** The path that Node's `net` listens at and connects to. */
export function socketPath(address: Address): string {
  if (isNetwork(address)) throw new TypeError(`${address} has no path`)
  if (address.startsWith('pipe:')) return `\\\\.\\pipe\\${address.slice('pipe:'.length)}`
  const path = address.slice('unix:'.length)
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    throw new ManagerError(
      'CONNECT_FAILED',
      `the socket path ${path} is longer than the ${maxSocketPathBytes} bytes a unix socket allows; choose a shorter one`,
    )
  }
  return path
}

/** Whether it is the path of a file: not a pipe, and no socket without a file. */
export function isFile(address: Address): boolean {
  return address.startsWith('unix:') && !address.startsWith('unix:\0')
}

/** @throws ManagerError `START_FAILED` where the names that a server needs beside its socket would be too long */
export function assertRoomBeside(path: string): void {
  const longest = maxSocketPathBytes - besideBytes
  const folder = dirname(path)
  if (Buffer.byteLength(folder) <= longest) return
  throw new ManagerError(
    'START_FAILED',
    `the folder ${folder} is longer than the ${longest} bytes that leave room for the names of sockets in it; choose a shorter one`,
  )
}

/** Where a server listens, and the folder that was made for it, which its maker removes. */
export interface Place {
  readonly address: Address
  readonly folder?: string
}

/** A fresh place that only this user can reach. @throws (as a rejection) ManagerError `START_FAILED`, naming the folder */
export async function privateAddress(): Promise<Place> {
  if (process.platform === 'win32') return { address: `pipe:referent-${randomBytes(16).toString('hex')}` }
  const folder = await freshFolder(shortTemporaryFolder())
  return { address: `unix:${join(folder, 's')}`, folder }
}

async function freshFolder(parent: string): Promise<string> {
  try {
    const folder = await mkdtemp(join(parent, 'referent-'))
    await chmod(folder, 0o700)
    return folder
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ManagerError(
      'START_FAILED',
      `can't make a folder for the socket in ${parent}: ${reason}; have TMPDIR name a folder that is there, or give an address`,
      { cause },
    )
  }
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

/** Removes the folder of a place that has one; what can't be removed stays. */
export async function clearPlace({ folder }: Place): Promise<void> {
  if (folder !== undefined) await removeFolder(folder).catch(() => undefined)
}

/** Like `removeFolder`, for a process that exits: what can't be removed stays. */
export function removeFolderNow(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // Nobody is left to be told.
  }
}

function shortTemporaryFolder(): string {
  const folder = resolve(tmpdir())
  const isShort = Buffer.byteLength(join(folder, 'referent-XXXXXX')) + besideBytes <= maxSocketPathBytes
  return isShort ? folder : '/tmp'
}
