import {
  attach,
  Exposed,
  isManagerError,
  Manager,
  Pool,
  Process,
  refOf,
  release,
  type Remote,
  Shared,
  type SharedLock,
  type SharedQueue,
  SyncManager,
} from 'referent'
import { setTimeout as sleep } from 'node:timers/promises'
import { keptBytes } from '../../spec/harness/garbage.ts'
import type { Looker, Over, Peer } from './peer.ts'

/** What is called: methods that do next to nothing, so that what is measured is the way there and back. */
@Shared()
export class Subject {
  #count = 0

  @Exposed
  increment(by: number): number {
    this.#count += by
    return this.#count
  }

  @Exposed
  echo(value: unknown): unknown {
    return value
  }

  @Exposed
  callBack(fn: (by: number) => number | Promise<number>): number | Promise<number> {
    return fn(1)
  }

  @Exposed
  *count(items: number): Generator<number> {
    for (let item = 0; item < items; item++) yield item
  }

  /** What the server process keeps in memory. */
  @Exposed
  keptBytes(): number {
    return keptBytes()
  }
}

/** A task of the pool. */
export function increment(number: number): number {
  return number + 1
}

/** Looks at a server, and ends with it. */
export async function look(address: string, authkey: string, looker: Looker): Promise<void> {
  const manager = await SyncManager.connect(address, { authkey: Buffer.from(authkey, 'hex') })
  const isThere = async (): Promise<boolean> =>
    manager.inspect({ load: true }).then(
      () => true,
      () => false,
    )
  const watching = looker === 'tail' ? readAll(manager) : undefined
  while (await isThere()) await sleep(1000)
  await watching
}

async function readAll(manager: Manager): Promise<void> {
  try {
    for await (const _ of manager.watchCalls());
  } catch (error) {
    if (!isManagerError(error, 'SESSION_LOST')) throw error
  }
}

const addOne = (by: number): number => by + 1

class Client {
  readonly manager: SyncManager
  readonly subject: Remote<Subject>
  #lock: Promise<Remote<SharedLock>> | undefined
  #queue: Promise<Remote<SharedQueue<number>>> | undefined
  #pool: Pool | undefined
  looker: Process | undefined

  constructor(manager: SyncManager, subject: Remote<Subject>) {
    this.manager = manager
    this.subject = subject
  }

  get lock(): Promise<Remote<SharedLock>> {
    return (this.#lock ??= this.manager.Lock())
  }

  get queue(): Promise<Remote<SharedQueue<number>>> {
    return (this.#queue ??= this.manager.Queue<number>())
  }

  get pool(): Pool {
    return (this.#pool ??= new Pool({ processes: 2 }))
  }

  get pids(): number[] {
    return this.#pool?.pids ?? [this.manager.pid]
  }

  async close(): Promise<void> {
    await this.#pool?.close()
    this.looker?.kill()
    await this.manager.close()
  }
}

/** Enough at a time to be quick, and not so many that a server has to hold them all. */
const atATime = 500
/** How many `bytes` makes. */
const counted = 10_000

export const referent: Peer<Client> = {
  carries: ['plain', 'rich', 'bytes', 'numbers'],
  takesClients: true,
  crossesNetworks: true,
  async open(given, over) {
    const { manager, subject } = given === undefined ? await start(over) : await connect(given)
    const client = new Client(manager, subject)
    return {
      client,
      address: JSON.stringify([manager.address, Buffer.from(manager.authkey.bytes).toString('hex'), refOf(subject)]),
      pids: () => (given === undefined ? client.pids : []),
      close: () => client.close(),
    }
  },
  call: ({ subject }) => subject.increment(1),
  async create({ manager }) {
    release(await manager.create(Subject))
  },
  echo: ({ subject }, value) => subject.echo(value),
  callBack: ({ subject }) => subject.callBack(addOne),
  async stream({ subject }, items) {
    let came = 0
    for await (const _ of subject.count(items)) came++
    return came
  },
  async lock(client) {
    const lock = await client.lock
    await lock.acquire()
    await lock.release()
  },
  async queue(client) {
    const queue = await client.queue
    await queue.put(1)
    return queue.get()
  },
  map: ({ pool }, items) => pool.map(increment, [...Array(items).keys()]),
  tasks: ({ pool }, items) => pool.map(increment, [...Array(items).keys()], { chunkSize: 1 }),
  async bytes({ manager, subject }) {
    // What is made once, and the code, isn't counted.
    for (const proxy of await createMany([manager], 1000)) release(proxy)
    const [serverBefore, clientBefore] = [await subject.keptBytes(), keptBytes()]
    const proxies = await createMany([manager], counted)
    const [server, client] = [await subject.keptBytes(), keptBytes()]
    const { length } = proxies
    return { referent: (server - serverBefore) / length, proxy: (client - clientBefore) / length }
  },
  async among({ manager }, referents, sessions) {
    const managers: Manager[] = [manager]
    while (managers.length < sessions)
      managers.push(await Manager.connect(manager.address, { authkey: manager.authkey }))
    const proxies = await createMany(managers, Math.max(referents, sessions))
    let next = 0
    return async () => {
      next = (next + 1) % proxies.length
      await proxies[next]?.increment(1)
    }
  },
  async lookedAt(client, looker) {
    const { manager, subject } = client
    if (looker !== undefined) {
      const authkey = Buffer.from(manager.authkey.bytes).toString('hex')
      client.looker = new Process(look, [manager.address, authkey, looker])
      client.looker.start()
      const hasBegun = async (): Promise<boolean> => {
        const { sessions } = await manager.inspect()
        return sessions.some(({ streams }) => (looker === 'page' ? sessions.length > 1 : streams > 0))
      }
      while (!(await hasBegun())) await sleep(10)
    }
    return () => subject.increment(1)
  },
}

async function start(over: Over = 'unix'): Promise<{ manager: SyncManager; subject: Remote<Subject> }> {
  const manager = await SyncManager.start(over === 'unix' ? {} : { address: `${over}://127.0.0.1:0` })
  return { manager, subject: await manager.create(Subject) }
}

async function connect(given: string): Promise<{ manager: SyncManager; subject: Remote<Subject> }> {
  const [address, authkey, reference] = JSON.parse(given) as [string, string, string]
  const manager = await SyncManager.connect(address, { authkey: Buffer.from(authkey, 'hex') })
  return { manager, subject: await attach<Subject>(reference) }
}

/** Each manager makes as many. */
async function createMany(managers: readonly Manager[], count: number): Promise<Remote<Subject>[]> {
  const proxies: Remote<Subject>[] = []
  while (proxies.length < count) {
    const made = Array.from({ length: Math.min(atATime, count - proxies.length) }, (_, index) => {
      const maker = managers[(proxies.length + index) % managers.length]
      if (maker === undefined) throw new Error('there is no manager')
      return maker.create(Subject)
    })
    proxies.push(...(await Promise.all(made)))
  }
  return proxies
}
