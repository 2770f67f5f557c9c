import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import {
  isManagerError,
  Manager,
  type Remote,
  type SharedHold,
  type SharedJoinableQueue,
  type SharedLock,
  type SharedPool,
  type SharedQueue,
} from 'referent'
import { moduleUrl } from '../../spec/harness/module.ts'
import type { EpisodeBell, EpisodeSource } from './hosted.ts'
import { type Deed, type LedgerWriter, now, type State } from './ledger.ts'

export interface WorkerOrder {
  readonly address: string
  /** In hexadecimal digits. */
  readonly authkey: string
  readonly folder: string
  readonly worker: string
}

/** After so many beats it is lost; a frozen one by its server's too. */
export const heartbeat = { intervalMs: 250, missed: 4 } as const
/** How long a call may take while this process runs, in ticks. */
const tickMs = 100
const mostTicks = 300
/** This long between reading and writing, a process has stood still. */
const stillMs = 500

interface Place {
  readonly name: string
  readonly manager: Manager
  readonly queue: Remote<SharedQueue<string>>
  readonly tasks: Remote<SharedJoinableQueue<string>>
  readonly lock: Remote<SharedLock>
  readonly guarded: Remote<SharedLock>
  readonly run: Remote<SharedLock>
  readonly bell: Remote<EpisodeBell>
  readonly source: Remote<EpisodeSource>
  readonly pool: Remote<SharedPool>
}

/** When this process read something last, before what it reads is worked on. */
let lastReadMs = now()
subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket }
  const push = socket.push.bind(socket)
  socket.push = (chunk: unknown) => {
    lastReadMs = now()
    return push(chunk)
  }
})

/** A process that uses everything at once, and writes down what it knows. */
export class Worker {
  readonly #order: WorkerOrder
  readonly #ledger: LedgerWriter
  readonly #open = new Map<string, { readonly deed: Deed; readonly sinceTick: number }>()
  #place: Promise<Place> | undefined
  #connections = 0
  #calls = 0
  #tick = 0
  #isStopped = false

  constructor(order: WorkerOrder, ledger: LedgerWriter) {
    this.#order = order
    this.#ledger = ledger
    setInterval(() => this.#lookForHung(), tickMs).unref()
  }

  /** Resolves when it was stopped, and all its calls are settled. */
  async run(): Promise<void> {
    const lanes: readonly ((place: Place) => Promise<unknown>)[] = [
      (place) => this.#putItems(place),
      (place) => this.#getItems(place),
      (place) => this.#putTasks(place),
      (place) => this.#doTasks(place),
      (place) => this.#lockAndRelease(place),
      (place) => this.#holdGuards(place),
      (place) => this.#runLocked(place),
      (place) => this.#ring(place),
      (place) => this.#readStream(place),
      (place) => this.#writeStream(place),
      (place) => this.#applyTasks(place),
    ]
    await Promise.all(lanes.map((lane) => this.#lane(lane)))
    await (await this.#place)?.manager.close()
  }

  stop(): void {
    this.#isStopped = true
  }

  async #lane(work: (place: Place) => Promise<unknown>): Promise<void> {
    while (!this.#isStopped) {
      try {
        await work(await this.#connected())
      } catch (error) {
        if (!isExpected(error)) this.#ledger.write({ deed: 'wrong', key: '', state: 'done', value: inspect(error) })
        await pause(20)
      }
      await pause(5)
    }
  }

  #connected(): Promise<Place> {
    this.#place ??= this.#connect().catch(async (error: unknown) => {
      this.#place = undefined
      await pause(100)
      throw error
    })
    return this.#place
  }

  async #connect(): Promise<Place> {
    const { address, authkey } = this.#order
    const options = { authkey: Buffer.from(authkey, 'hex'), heartbeat, timeoutMs: 5000 }
    const manager = await Manager.connect(address, options)
    manager.on('session', ({ state }) => {
      if (state === 'lost') this.#place = undefined
    })
    const name = `${this.#order.worker}.${++this.#connections}`
    const place: Place = {
      name,
      manager,
      queue: await manager.lookup('queue'),
      tasks: await manager.lookup('tasks'),
      lock: await manager.lookup('lock'),
      guarded: await manager.lookup('guarded'),
      run: await manager.lookup('run'),
      bell: await manager.lookup('bell'),
      source: await manager.lookup('source'),
      pool: await manager.lookup('pool'),
    }
    await place.bell.listen(name, (ring) => {
      this.#ledger.write({ deed: 'rang', key: ring, state: 'done', value: name })
      return ring
    })
    return place
  }

  async #putItems({ queue }: Place): Promise<void> {
    await this.#call('put', (item) => queue.put(item, { timeoutMs: 500 }))
  }

  async #getItems({ queue }: Place): Promise<void> {
    await this.#call('get', () => queue.get({ timeoutMs: 500 }))
  }

  async #putTasks({ tasks }: Place): Promise<void> {
    await this.#call('put task', (item) => tasks.put(item, { timeoutMs: 500 }))
  }

  async #doTasks({ tasks }: Place): Promise<void> {
    const task = await this.#call('take task', () => tasks.getTask({ timeoutMs: 500 }))
    if (task !== undefined) await this.#call('finish task', () => tasks.finish(task.receipt), task.item)
  }

  async #lockAndRelease({ lock }: Place): Promise<void> {
    const key = this.#nextKey('acquire')
    const isLocked = await this.#call(
      'acquire',
      async () => (await lock.acquire({ timeoutMs: 2000 })) || undefined,
      key,
    )
    if (isLocked === undefined) return
    await pause(10)
    await this.#call('release', () => lock.release(), key)
  }

  async #holdGuards({ guarded }: Place): Promise<void> {
    const key = this.#nextKey('hold')
    const guards: Remote<SharedHold>[] = []
    await this.#call('hold', async () => void guards.push(await guarded.hold({ timeoutMs: 2000 })), key)
    await pause(10)
    for (const guard of guards) await this.#call('leave', () => guard.release(), key)
  }

  /** The function has the lock while it runs, unless its process is given up. */
  async #runLocked({ run }: Place): Promise<void> {
    const key = this.#nextKey('run')
    await this.#call('run', () => run.run(() => this.#insideRun(key), { timeoutMs: 2000 }), key)
  }

  async #insideRun(key: string): Promise<void> {
    await this.#call('inside', () => pause(10), key)
  }

  async #ring({ bell }: Place): Promise<void> {
    await this.#call('ring', (ring) => bell.ring(ring))
    await pause(50)
  }

  async #readStream({ source }: Place): Promise<void> {
    await this.#call('stream', async () => {
      let next = 5
      for await (const number of source.count(next)) {
        if (number !== next) throw new Error(`${number} came in place of ${next}`)
        if (++next === 300) break
      }
      if (next < 300) throw new Error(`the stream ended before ${next}`)
    })
  }

  async #writeStream({ source }: Place): Promise<void> {
    await this.#call('drain', async () => {
      const count = await source.drain(numbersTo(200))
      if (count !== 200) throw new Error(`${count} of 200 numbers arrived`)
    })
  }

  async #applyTasks({ pool }: Place): Promise<void> {
    const module = moduleUrl('./pool-deed.ts', import.meta.url).href
    await this.#call('apply', (key) => pool.apply({ module, name: 'deed' }, [this.#order.folder, key]))
    await pause(20)
  }

  /** What it resolves with; undefined where it came to nothing, which the ledger says. */
  async #call<T>(deed: Deed, call: (key: string) => Promise<T>, key = this.#nextKey(deed)): Promise<T | undefined> {
    const id = `${deed} ${key}`
    this.#open.set(id, { deed, sinceTick: this.#tick })
    this.#ledger.write({ deed, key, state: 'begun' })
    try {
      const value = await call(key)
      this.#settled(deed, key, value === undefined && noneIfUndefined.has(deed) ? 'none' : 'done', value)
      return value
    } catch (error) {
      const state = stateOf(error)
      this.#settled(deed, key, state ?? 'unknown', inspect(error))
      if (state === undefined) throw error
      return undefined
    } finally {
      this.#open.delete(id)
    }
  }

  #settled(deed: Deed, key: string, state: State, value: unknown): void {
    const isStale = now() - lastReadMs > stillMs
    this.#ledger.write({ deed, key, state, value, ...(isStale ? { isStale } : {}) })
  }

  #nextKey(deed: Deed): string {
    return `${this.#order.worker}-${deed.replace(' ', '-')}-${++this.#calls}`
  }

  /** The time in which this process stood still doesn't count. */
  #lookForHung(): void {
    this.#tick++
    for (const [id, { deed, sinceTick }] of this.#open) {
      if (this.#tick - sinceTick !== mostTicks) continue
      this.#ledger.write({ deed, key: id.slice(deed.length + 1), state: 'hung' })
    }
  }
}

const noneIfUndefined = new Set<Deed>(['acquire'])
const nothings = ['QUEUE_EMPTY', 'QUEUE_FULL', 'TIMEOUT'] as const

/** Undefined for what must not happen. */
function stateOf(error: unknown): State | undefined {
  if (nothings.some((code) => isManagerError(error, code))) return 'none'
  // A pool ends the process of a task whose caller is gone.
  if (isManagerError(error, 'WORKER_LOST')) return 'unknown'
  if (isManagerError(error, 'SESSION_LOST')) return error.delivery === 'not-sent' ? 'not-sent' : 'unknown'
  return undefined
}

/** What a worker gets when its server doesn't answer in time. */
function isExpected(error: unknown): boolean {
  return (['SESSION_LOST', 'CONNECT_FAILED', 'TIMEOUT'] as const).some((code) => isManagerError(error, code))
}

async function* numbersTo(end: number): AsyncGenerator<number> {
  for (let number = 0; number < end; number++) yield number
}
