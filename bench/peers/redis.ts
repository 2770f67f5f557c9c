import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freshPlace, packageOf, type Peer } from './peer.ts'

interface Ioredis {
  readonly Redis: new (options: { path: string; enableAutoPipelining: boolean }) => Redis
}

interface Redis {
  ping(): Promise<string>
  incr(key: string): Promise<number>
  echo(text: string): Promise<string>
  echoBuffer(bytes: Uint8Array): Promise<Uint8Array>
  lpush(key: string, value: number): Promise<number>
  brpop(key: string, timeout: number): Promise<unknown>
  set(key: string, value: string, px: 'PX', ms: number, nx: 'NX'): Promise<'OK' | null>
  del(key: string): Promise<number>
  disconnect(): void
}

/** A redis-server of its own on a unix socket, which keeps nothing on disk. */
async function startServer(): Promise<{ path: string; pid: number; close: () => Promise<void> }> {
  const { path, remove } = await freshPlace()
  const options = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--daemonize', 'no']
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(server, 'spawn')
  for await (const line of createInterface(server.stdout)) if (/ready to accept connections/i.test(line)) break
  server.stdout.resume()
  return {
    path,
    pid: server.pid ?? NaN,
    async close() {
      server.kill()
      await once(server, 'exit')
      await remove()
    },
  }
}

/** Its commands are its own: INCR is what is called, and records cross as JSON. */
export const redis: Peer<Redis> = {
  package: 'ioredis',
  needs: 'npm ci --prefix bench, and redis-server',
  carries: ['plain', 'bytes', 'numbers'],
  takesClients: true,
  async open(given) {
    const { Redis } = await packageOf<Ioredis>('ioredis')
    const server = given === undefined ? await startServer() : undefined
    const path = given ?? server?.path ?? ''
    // As fast as it goes: the commands of one turn of the event loop leave in one write.
    const client = new Redis({ path, enableAutoPipelining: true })
    await client.ping()
    return {
      client,
      address: path,
      pids: () => (server === undefined ? [] : [server.pid]),
      async close() {
        client.disconnect()
        await server?.close()
      },
    }
  },
  call: (client) => client.incr('n'),
  async echo(client, value) {
    if (value instanceof Uint8Array) return new Uint8Array(await client.echoBuffer(Buffer.from(value.buffer)))
    return JSON.parse(await client.echo(JSON.stringify(value))) as unknown
  },
  /** The usual lock of one server. */
  async lock(client) {
    if ((await client.set('lock', 'holder', 'PX', 30_000, 'NX')) !== 'OK') throw new Error('the lock was taken')
    await client.del('lock')
  },
  async queue(client) {
    await client.lpush('queue', 1)
    return client.brpop('queue', 0)
  },
}
