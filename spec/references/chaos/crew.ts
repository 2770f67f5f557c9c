import { type Manager, refOf, type Remote } from 'referent'
import type { Shelf } from '../shelf.ts'
import { ClientProcess, type Listener } from './client-process.ts'
import type { CountedItem } from './counted-item.ts'
import type { Order } from './messages.ts'
import { Random } from './random.ts'

/** The clients of a run that live, and what it draws by lot. */
export class Crew implements AsyncDisposable {
  /** What happened in clients that must not. */
  readonly failures: string[] = []
  readonly random: Random
  readonly #seed: number
  readonly #manager: Manager
  readonly #given: readonly [shelf: Remote<Shelf>, maker: Remote<CountedItem>]
  #clients: readonly ClientProcess[] = []
  #started = 0
  /** The next one: a process takes longer to start than all that happens between two kills. */
  #spare: ClientProcess | undefined

  constructor(seed: number, manager: Manager, given: readonly [shelf: Remote<Shelf>, maker: Remote<CountedItem>]) {
    this.random = new Random(seed)
    this.#seed = seed
    this.#manager = manager
    this.#given = given
  }

  /** In the order of their coming. */
  get clients(): readonly ClientProcess[] {
    return this.#clients
  }

  /** Any of them. */
  pick(): ClientProcess {
    const client = this.random.pick(this.#clients)
    if (client === undefined) throw new Error('no client lives')
    return client
  }

  async fill(count: number, listener: Listener): Promise<void> {
    this.#clients = Array.from({ length: count }, () => this.#start(listener))
    this.#spare = this.#start(listener)
    await Promise.all(this.#clients.map((client) => client.begin(this.#order(client))))
  }

  /** Kills one at once; resolves with the one that takes its place, which has begun nothing yet. */
  async replace(victim: ClientProcess, listener: Listener): Promise<ClientProcess> {
    this.#clients = this.#clients.filter((client) => client !== victim)
    const client = this.#spare ?? this.#start(listener)
    this.#spare = this.#start(listener)
    try {
      await victim.kill()
      await client.begin(this.#order(client))
    } catch (error) {
      await client.kill()
      throw error
    }
    this.#clients = [...this.#clients, client]
    return client
  }

  async kill(count: number): Promise<void> {
    const victims = this.#clients.slice(0, count)
    this.#clients = this.#clients.slice(count)
    await Promise.all(victims.map((client) => client.kill()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spare?.kill()
    await this.kill(this.#clients.length)
  }

  #start(listener: Listener): ClientProcess {
    return new ClientProcess(this.#started++, listener)
  }

  #order({ number }: ClientProcess): Order & { readonly kind: 'begin' } {
    const { address, authkey } = this.#manager
    const [shelf, maker] = this.#given
    return {
      kind: 'begin',
      seed: this.#seed * 1009 + number,
      address,
      // Every other one has nothing but references.
      authkey: number % 2 === 0 ? Buffer.from(authkey.bytes).toString('hex') : undefined,
      shelf: refOf(shelf),
      maker: refOf(maker),
    }
  }
}
