// A class of one's own over the ready-made types, used by the workers of a cluster: together they get five permits.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { attach, Exposed, isMain, Manager, type Reference, refOf, SharedMap, Shared } from 'referent'

@Shared()
export class RateLimiter {
  readonly #limit: number
  readonly #taken = new SharedMap<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether the client may go on. */
  @Exposed
  async take(client: string): Promise<boolean> {
    return (await this.#taken.increment(client)) <= this.#limit
  }

  /** How often each client has asked: the map itself, live. */
  @Exposed
  get taken() {
    return this.#taken
  }
}

async function serve() {
  const limiter = await attach(process.env['LIMITER'] as Reference<RateLimiter>)
  let granted = 0
  for (let request = 0; request < 10; request++) if (await limiter.take('Ada')) granted++
  console.log(`worker ${cluster.worker?.id}: ${granted} requests went through`)
  process.disconnect()
}

if (cluster.isWorker) await serve()
else if (isMain(import.meta)) {
  await using manager = await Manager.start()
  const limiter = await manager.create(RateLimiter, 5)

  const workers = [1, 2, 3].map(() => cluster.fork({ LIMITER: refOf(limiter) }))
  await Promise.all(workers.map((worker) => once(worker, 'exit')))

  const taken = await limiter.taken
  console.log(`Ada asked ${await taken.get('Ada')} times`)
}
