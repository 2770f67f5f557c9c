import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { ManagerError } from '../errors.ts'

/** `unix:/path/of/a/socket`, or `pipe:name` for a named pipe on Windows. */
export type Address = `unix:${string}` | `pipe:${string}`

/** The longest path a unix socket can have on every supported system (macOS: 104 bytes with its end mark). */
const maxSocketPathBytes = 103

/** @throws TypeError for a text that isn't an address */
export function parseAddress(text: string): Address {
  if (/^(unix|pipe):./.test(text)) return text as Address
  throw new TypeError(`'${text}' is not an address; one looks like unix:/run/app/manager.sock, or pipe:name on Windows`)
}

/** The path that Node's `net` listens at and connects to. */
export function socketPath(address: Address): string {
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

/** Where a server listens, and the folder that was made for it, which whoever made it removes. */
export interface Place {
  readonly address: Address
  readonly folder?: string
}

/** A fresh place that only this user can reach. */
export async function privateAddress(): Promise<Place> {
  if (process.platform === 'win32') return { address: `pipe:referent-${randomBytes(16).toString('hex')}` }
  const folder = await mkdtemp(join(shortTemporaryFolder(), 'referent-'))
  await chmod(folder, 0o700)
  return { address: `unix:${join(folder, 's')}`, folder }
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

function shortTemporaryFolder(): string {
  const folder = tmpdir()
  return Buffer.byteLength(join(folder, 'referent-XXXXXX', 's')) > maxSocketPathBytes ? '/tmp' : folder
}
