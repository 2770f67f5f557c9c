import { createNonce, prove, ServerIdentity } from '../../lib/auth/proofs.ts'
import { HandshakeChannel, textOf } from '../../lib/auth/handshake-channel.ts'
import type { Address } from '../../lib/transport/address.ts'
import { listenSocket } from '../../lib/transport/socket.ts'
import type { Transport } from '../../lib/transport/transport.ts'
import { patienceMs } from '../harness/eventually.ts'

/** A server that welcomes every client, whatever its key is, and doesn't know the key itself. */
export async function impersonate(address: Address): Promise<{ readonly address: string } & AsyncDisposable> {
  const clients: Transport[] = []
  const listener = await listenSocket(address, (transport) => {
    clients.push(transport)
    void welcome(transport)
  })
  const dispose = async (): Promise<void> => {
    for (const client of clients) client.destroy()
    await listener.close()
  }
  return { address, [Symbol.asyncDispose]: dispose }
}

async function welcome(transport: Transport): Promise<void> {
  const channel = new HandshakeChannel(transport, AbortSignal.timeout(patienceMs))
  const nonce = createNonce()
  channel.send({ kind: 'hello', protocol: 'referent', version: 2, nonce, server: 'impostor' })
  const login = await channel.receive()
  const proof = prove('server', Buffer.from('a guess'), { client: textOf(login, 'nonce'), server: nonce })
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
    signature: new ServerIdentity().sign({ client: textOf(login, 'nonce'), server: nonce }),
  })
}
