import type { Socket } from 'node:net'
import { Slice } from '../measure.ts'
import { forkServer, type Opened, type Over, type Peer } from './peer.ts'
import { connectAt, listenAt } from './sockets.ts'

/** About what a call and its answer take on our wire. */
const message = Buffer.alloc(40, 'x')

/** Writes every chunk back as it came. */
export async function serve(path: string, [over, ...modules]: readonly string[]): Promise<string> {
  for (const module of modules) await import(module)
  return listenAt(path, over as Over, (socket) => socket.on('data', (chunk) => socket.write(chunk)))
}

/**
 * The floor under any remote call: bytes to another process and back over a unix socket, with no frame, no promise and
 * nothing to look up. With several in flight it is as good as it gets: as many messages as came back go out in one write.
 */
export const echo: Peer<Socket> = {
  carries: ['bytes'],
  takesClients: true,
  crossesNetworks: true,
  open: (address, over) => open(address, over, []),
  call: (socket) => exchange(socket, 0, 1, message),
  echo: (socket, value) => exchange(socket, 0, 1, value as Uint8Array),
  exchange: (socket, sliceMs, inFlight, value = message) => exchange(socket, sliceMs, inFlight, value as Uint8Array),
}

/** What no start can be below: a process that has loaded what a server loads, and one exchange. */
export const bareFork: Peer<Socket> = {
  onlyStarts: true,
  open: (address, over) => open(address, over, [new URL('./referent.js', import.meta.url).href]),
  call: (socket) => exchange(socket, 0, 1, message),
}

async function open(given: string | undefined, over: Over = 'unix', modules: string[]): Promise<Opened<Socket>> {
  const server = given === undefined ? await forkServer('echo', [over, ...modules]) : undefined
  const address = given ?? server?.address ?? ''
  const client = await connectAt(address, over)
  return {
    client,
    address,
    pids: () => server?.pids() ?? [],
    async close() {
      client.destroy()
      await server?.close()
    },
  }
}

function exchange(socket: Socket, sliceMs: number, inFlight: number, value: Uint8Array): Promise<number> {
  const messages = Buffer.concat(Array.from({ length: inFlight }, () => value))
  const slice = new Slice(sliceMs)
  let [echoed, outstanding, partBytes] = [0, inFlight, 0]
  return new Promise((resolve) => {
    const receive = (chunk: Buffer): void => {
      const arrived = Math.floor((partBytes + chunk.length) / value.length)
      partBytes += chunk.length - arrived * value.length
      echoed += arrived
      if (slice.isOver || sliceMs === 0) outstanding -= arrived
      else if (arrived > 0) socket.write(messages.subarray(0, arrived * value.length))
      if (outstanding > 0) return
      socket.off('data', receive)
      resolve(echoed)
    }
    socket.on('data', receive)
    socket.write(messages)
  })
}
