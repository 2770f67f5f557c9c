import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis as Client } from 'ioredis'

/** A Redis of its own on a unix socket, which keeps nothing on disk, and one client of it. */
export class Redis implements AsyncDisposable {
  readonly #folder: string
  readonly #server: ChildProcess
  readonly #client: Client
  /** `BRPOP` blocks the connection that it goes by. */
  readonly #popper: Client

  private constructor(folder: string, server: ChildProcess, path: string) {
    this.#folder = folder
    this.#server = server
    // As fast as it goes: the commands of one turn of the event loop leave in one write.
    this.#client = new Client({ path, enableAutoPipelining: true })
    this.#popper = new Client({ path, enableAutoPipelining: true })
  }

  /** Undefined where there is no redis-server. */
  static async start(): Promise<Redis | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'redis-'))
    const path = join(folder, 'socket')
    const options = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder]
    const server = spawn('redis-server', options, { stdio: ['ignore', 'ignore', 'inherit'] })
    try {
      await once(server, 'spawn')
      while (!existsSync(path) && server.exitCode === null) await sleep(5)
      const redis = new Redis(folder, server, path)
      await Promise.all([redis.#client.ping(), redis.#popper.ping(), redis.#client.set('n', 0)])
      return redis
    } catch {
      await rm(folder, { recursive: true })
      return undefined
    }
  }

  increment(): Promise<unknown> {
    return this.#client.incr('n')
  }

  get(): Promise<unknown> {
    return this.#client.get('n')
  }

  async putAndGet(): Promise<void> {
    await this.#client.lpush('queue', 1)
    await this.#popper.brpop('queue', 0)
  }

  /** The usual lock: taken where it is free, and tried again where it isn't. */
  async acquireAndRelease(name: string): Promise<void> {
    while ((await this.#client.set(name, 'holder', 'PX', 30_000, 'NX')) !== 'OK');
    await this.#client.del(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.disconnect()
    this.#popper.disconnect()
    this.#server.kill()
    await once(this.#server, 'exit')
    await rm(this.#folder, { recursive: true })
  }
}
