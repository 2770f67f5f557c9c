import { HandshakeChannel, numberOf } from '../auth/handshake-channel.ts'
import { withTimeLimit } from '../deadline.ts'
import type { Address } from '../transport/address.ts'
import { connectSocket } from '../transport/socket.ts'

/** How long a server may take to say who it is, as on a busy machine: one that is stopped never does. */
const helloMs = 5000

/** The process that serves at an address, in words. */
export async function occupantOf(address: Address): Promise<string> {
  try {
    return `process ${await withTimeLimit(helloMs, (limit) => pidAt(address, limit))}`
  } catch {
    return 'another process, which does not say its number,'
  }
}

async function pidAt(address: Address, limit: AbortSignal): Promise<number> {
  const transport = await connectSocket(address, limit)
  try {
    return numberOf(await new HandshakeChannel(transport, limit).receive(), 'pid')
  } finally {
    transport.destroy()
  }
}
