import { createNonce, prove, ServerIdentity } from '../../lib/auth/proofs.ts'
import { HandshakeChannel, textOf } from '../../lib/auth/handshake-channel.ts'
import type { Address } from '../../lib/transport/address.ts'
import { listenAt } from '../../lib/transport/open.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { patienceMs } from '../harness/eventually.ts'

/**
 * A server that welcomes every client, whatever its key is, and doesn't know the key itself.
 * @param server whose name it goes by
 */
export async function impersonate(
  address: Address,
  server = 'impostor',
): Promise<{ readonly address: string } & AsyncDisposable> {
  const clients: Transport[] = []
  const accept = (transport: Transport): void => {
    clients.push(transport)
    void welcome(transport, server)
  }
  const listener = await listenAt(address, accept, {})
  const dispose = async (): Promise<void> => {
    for (const client of clients) client.destroy()
    await listener.close()
  }
  return { address: listener.address, [Symbol.asyncDispose]: dispose }
}

async function welcome(transport: Transport, server: string): Promise<void> {
  const channel = new HandshakeChannel(transport, AbortSignal.timeout(patienceMs))
  const nonce = createNonce()
  channel.send({ kind: 'hello', protocol: 'referent', version: 2, nonce, server })
  const login = await channel.receive()
  const nonces = { client: textOf(login, 'nonce'), server: nonce, binding: transport.binding }
  const proof = prove('server', Buffer.from('a guess'), nonces)
  channel.send({
    kind: 'welcome',
    pid: process.pid,
    session: 's1',
    address: '',
    callTimeoutMs: 0,
    reconnectMs: 0,
    heartbeatMs: 0,
    missed: 3,
    maxTextBytes: 4096,
    serializer: 'binary',
    proof,
    signature: new ServerIdentity().sign(nonces),
  })
}
