import { once } from 'node:events'
import { createConnection, createServer, type Server } from 'node:net'
import { Manager } from 'referent'
import { privateAddress, removeFolder, socketPath, parseAddress } from '../lib/transport/address.ts'
import { Subject } from './subject.ts'

/** The bytes of one message on the wire: the mean of a call and its answer, as an echo's are equal both ways. */
export interface WireBytes {
  readonly sequential: number
  readonly batched: number
}

const calls = 6400

/** Counts what `subject.increment(1)` really sends and receives, on a relay between a client and the server. */
export async function measureWireBytes(manager: Manager, inFlight: number): Promise<WireBytes> {
  const place = await privateAddress()
  const relay = new Relay(socketPath(parseAddress(manager.address)))
  await relay.listen(socketPath(place.address))
  const client = await Manager.connect(place.address, { authkey: manager.authkey })
  try {
    const subject = await client.create(Subject)
    const call = (): Promise<unknown> => subject.increment(1)
    return { batched: await relay.bytesPerMessage(call, inFlight), sequential: await relay.bytesPerMessage(call, 1) }
  } finally {
    await client.close()
    await relay.close()
    if (place.folder !== undefined) await removeFolder(place.folder)
  }
}

class Relay {
  readonly #server: Server
  #bytes = 0

  constructor(targetPath: string) {
    this.#server = createServer((near) => {
      const far = createConnection({ path: targetPath })
      near.on('data', (chunk) => (this.#bytes += chunk.length))
      far.on('data', (chunk) => (this.#bytes += chunk.length))
      near.pipe(far).pipe(near)
    })
  }

  async listen(path: string): Promise<void> {
    this.#server.listen({ path })
    await once(this.#server, 'listening')
  }

  async bytesPerMessage(call: () => Promise<unknown>, inFlight: number): Promise<number> {
    const before = this.#bytes
    for (let done = 0; done < calls; done += inFlight) await Promise.all(Array.from({ length: inFlight }, call))
    return Math.round((this.#bytes - before) / calls / 2)
  }

  async close(): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}
