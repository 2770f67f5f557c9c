import { once } from 'node:events'
import { createServer } from 'node:net'
import { Exposed, Shared } from 'referent'

@Shared({ module: import.meta.url })
export class Adder {
  #sum = 0

  @Exposed
  add(value: number): number {
    return (this.#sum += value)
  }

  /** How much processor time this process has taken, in microseconds. */
  @Exposed
  usedUs(): number {
    const { user, system } = process.cpuUsage()
    return user + system
  }

  /** Writes every chunk back as it came, from then on. */
  @Exposed
  async echoAt(path: string): Promise<void> {
    const server = createServer((socket) => socket.on('data', (chunk) => socket.write(chunk)))
    server.listen({ path })
    await once(server, 'listening')
  }
}
