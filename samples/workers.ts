// One cache for worker threads and forked processes: each gets a reference, a text, and attaches to it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, threadId, Worker, workerData } from 'node:worker_threads'
import { attach, Exposed, isMain, Manager, type Reference, refOf, Shared } from 'referent'

@Shared()
export class Cache {
  readonly #entries = new Map<string, number>()
  #misses = 0

  @Exposed
  async getOrCompute(key: string, compute: (key: string) => number | Promise<number>): Promise<number> {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    this.#misses++
    const value = await compute(key)
    this.#entries.set(key, value)
    return value
  }

  @Exposed
  get misses(): number {
    return this.#misses
  }
}

async function use(reference: Reference<Cache>, who: string) {
  const cache = await attach(reference)
  for (const key of ['one', 'two', 'three']) {
    console.log(`${who}: ${key} has ${await cache.getOrCompute(key, (text) => text.length)} letters`)
  }
}

/** Node 20 can't start a thread on a `.ts` file by itself, so this one registers tsx first and then imports this module. */
function startThread(reference: Reference<Cache>) {
  const register = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}; register()`
  const bootstrap = `${register}; await import(${JSON.stringify(import.meta.url)})`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(bootstrap)}`), { workerData: { reference } })
}

if (!isMainThread) {
  const { reference } = workerData as { reference: Reference<Cache> }
  await use(reference, `thread ${threadId}`)
} else if (process.send !== undefined && process.argv[2] === 'fork') {
  const [reference] = (await once(process, 'message')) as [Reference<Cache>]
  await use(reference, 'fork')
  process.disconnect()
} else if (isMain(import.meta)) {
  await using manager = await Manager.start()
  const cache = await manager.create(Cache)

  for (let count = 0; count < 2; count++) await once(startThread(refOf(cache)), 'exit')

  const child = fork(fileURLToPath(import.meta.url), ['fork'])
  child.send(refOf(cache))
  await once(child, 'exit')

  console.log(`computed ${await cache.misses} times`)
}
