import { ManagerError } from '../errors.ts'
import { type HandshakeChannel, type Line, numberOf, oneOf, textOf } from './handshake-channel.ts'

export const protocolVersion = 2

/** What a server says of itself first: its name, which it has yet to prove, and its nonce. @throws ManagerError `PROTOCOL` */
export async function readHello(
  channel: HandshakeChannel,
): Promise<{ readonly serverId: string; readonly nonce: string }> {
  const hello = await channel.receive()
  oneOf(hello, 'kind', 'hello')
  oneOf(hello, 'protocol', 'referent')
  checkVersion(hello, 'server')
  return { serverId: textOf(hello, 'server'), nonce: textOf(hello, 'nonce') }
}

/** @throws ManagerError `PROTOCOL` */
export function checkVersion(line: Line, side: string): void {
  const version = numberOf(line, 'version')
  if (version === protocolVersion) return
  throw new ManagerError(
    'PROTOCOL',
    `the ${side} speaks version ${version} of the protocol and this side version ${protocolVersion}; use one version of referent on both sides`,
  )
}
