import { inspect } from 'node:util'
import { attach, isManagerError, Manager, type Reference, refOf, type Remote } from 'referent'
import { collectGarbage } from '../../harness/garbage.ts'
import type { Shelf } from '../shelf.ts'
import { CountedItem } from './counted-item.ts'
import { Held, idOf, labelOf } from './held.ts'
import { leaseMs, type Order, type Passed, type Report } from './messages.ts'
import { type Operation, operations, slots } from './operations.ts'
import { Random } from './random.ts'

// Does one random thing after the other with references until it is told to stop, or killed: several at a time, or
// each when it is told to.

const lanes = 6
const mostHeld = 40

class Client {
  readonly #held = new Held()
  readonly #random: Random
  readonly #given: readonly object[]
  readonly #shelf: Remote<Shelf>
  readonly #maker: Remote<CountedItem>
  readonly #make: (label: string) => Promise<Remote<CountedItem>>
  readonly #taking = new Set<Promise<void>>()
  #isStopped = false
  #running: Promise<unknown> = Promise.resolve()

  private constructor(
    random: Random,
    given: readonly [shelf: Remote<Shelf>, maker: Remote<CountedItem>],
    make: (label: string) => Promise<Remote<CountedItem>>,
  ) {
    this.#random = random
    this.#given = given
    this.#shelf = given[0]
    this.#maker = given[1]
    this.#make = make
  }

  static async begin(order: Order & { readonly kind: 'begin' }): Promise<Client> {
    const { seed, address, authkey } = order
    const manager =
      authkey === undefined ? undefined : await Manager.connect(address, { authkey: Buffer.from(authkey, 'hex') })
    const [shelf, maker] = await Promise.all([
      attach(order.shelf as Reference<Shelf>),
      attach(order.maker as Reference<CountedItem>),
    ])
    const make = (label: string): Promise<Remote<CountedItem>> =>
      manager?.create(CountedItem, label) ?? maker.another(label)
    return new Client(new Random(seed), [shelf, maker], make)
  }

  run(): void {
    this.#running = Promise.all(Array.from({ length: lanes }, () => this.#lane()))
  }

  /** Resolves when the server has heard all of it: what is let go of is only told, and nobody waits for that. */
  async step(operation: Operation, seed: number): Promise<void> {
    await this.#operate(operation, new Random(seed))
    await this.#maker.touch()
  }

  async take(passed: Passed): Promise<void> {
    const taking = this.#attach(passed).finally(() => this.#taking.delete(taking))
    this.#taking.add(taking)
    await taking
  }

  /** Resolves when all that it has begun is over. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  /** The ids of all it holds. */
  async ids(): Promise<number[]> {
    await Promise.all(this.#taking)
    collectGarbage()
    return [...this.#given.map((proxy) => idOf(proxy)), ...this.#held.ids()]
  }

  /** What it holds, in the order of its coming. */
  async labels(): Promise<string[]> {
    return Promise.all([...this.#held].map((proxy) => labelOf(proxy)))
  }

  /** Rejects unless all that it holds works. */
  async callAll(): Promise<void> {
    await Promise.all([...this.#held].map((proxy) => this.#call(proxy)))
  }

  /** A reference opens as long as its lease lasts, whatever its maker has done meanwhile. */
  async #attach({ reference, atMs }: Passed): Promise<void> {
    try {
      this.#held.add(await attach(reference))
    } catch (error) {
      if (Date.now() - atMs < leaseMs || !isManagerError(error, 'REFERENT_GONE')) fail(error)
    }
  }

  async #lane(): Promise<void> {
    while (!this.#isStopped) {
      await this.#operate(this.#random.pick(operations) ?? 'create', this.#random).catch(fail)
      tell({ kind: 'done' })
    }
  }

  async #operate(operation: Operation, random: Random): Promise<void> {
    const proxy = random.pick(this.#held)
    if (proxy === undefined) return this.#create(random)
    switch (this.#held.size > mostHeld ? 'let go' : operation) {
      case 'create':
        return this.#create(random)
      case 'call':
        return this.#call(proxy)
      case 'put':
        return this.#shelf.put(slotBy(random), wrapped(proxy, random))
      case 'put a function':
        return this.#shelf.put(slotBy(random), () => [...this.#held].at(-1))
      case 'get':
        return this.#held.add(await this.#shelf.get(slotBy(random)))
      case 'take':
        return this.#held.add(await this.#shelf.take(slotBy(random)))
      case 'pass':
        return this.#pass(proxy, random)
      case 'let go':
        return random.below(2) === 0 ? this.#held.release(proxy) : this.#held.drop(proxy)
    }
  }

  async #create(random: Random): Promise<void> {
    this.#held.add(await this.#make(String(random.below(2 ** 31))))
  }

  async #call(proxy: object): Promise<void> {
    if (typeof proxy !== 'function') return (proxy as Remote<CountedItem>).touch()
    try {
      this.#held.add(await (proxy as () => Promise<unknown>)())
    } catch (error) {
      // The client that it lives in is gone.
      if (!isManagerError(error, 'SESSION_LOST')) throw error
    }
  }

  /**
   * Half of the time as whoever lets go at once of what it hands over. The lease is only told to the server: whoever is
   * killed before the server has heard it has passed on nothing that it may count on.
   */
  async #pass(proxy: object, random: Random): Promise<void> {
    const passed = { reference: refOf(proxy as Remote<unknown>), atMs: Date.now() }
    if (random.below(2) === 0) this.#held.release(proxy)
    await this.#maker.touch()
    tell({ kind: 'pass', passed })
  }
}

function wrapped(proxy: object, random: Random): unknown {
  return random.pick([proxy, [proxy, proxy], new Map([['proxy', proxy]])])
}

function slotBy(random: Random): string {
  return random.pick(slots) ?? ''
}

let client: Client | undefined

process.on('message', (order: Order) => void obey(order).catch(fail))
process.once('disconnect', () => process.exit())
tell({ kind: 'listens' })

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case 'begin':
      client = await Client.begin(order)
      return tell({ kind: 'ready' })
    case 'run':
      return client?.run()
    case 'step':
      await client?.step(order.operation, order.seed).catch(fail)
      return tell({ kind: 'stepped' })
    case 'take':
      await client?.take(order.passed)
      return tell({ kind: 'taken' })
    case 'stop':
      await client?.stop()
      return tell({ kind: 'stopped' })
    case 'tell':
      return tell({ kind: 'holds', ids: (await client?.ids()) ?? [] })
    case 'label':
      return tell({ kind: 'labels', labels: (await client?.labels()) ?? [] })
    case 'call all':
      await client?.callAll()
      return tell({ kind: 'called all' })
  }
}

function fail(error: unknown): void {
  tell({ kind: 'failed', what: inspect(error) })
}

function tell(report: Report): void {
  process.send?.(report)
}
