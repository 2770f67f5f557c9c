import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { inspect } from 'node:util'
import { isManagerError, Manager, type Remote, withOptions } from 'referent'
import { Random } from '../spec/references/chaos/random.ts'
import { JournalWriter, type Operation } from './soak-journal.ts'
import type { SoakCounter, SoakLog } from './soak-log.ts'
import type { SoakOrder, SoakReport } from './soak-message.ts'

// A client of a soak: calls, several at a time, until it is told to stop or killed. Meanwhile it closes its session, or
// cuts its connection, in the middle of its calls, and connects anew.

const lanes = 8
/** How many calls lie between two sessions, on average. */
const callsPerSession = 2000
/** One of so many calls is given up at once. */
const callsPerAbort = 50

/** The connections of this process, the latest last. */
const sockets: Socket[] = []
subscribe('net.client.socket', (message) => void sockets.push((message as { readonly socket: Socket }).socket))

interface Connection {
  readonly manager: Manager
  readonly log: Remote<SoakLog>
  readonly counter: Remote<SoakCounter>
}

class SoakClient {
  readonly #order: SoakOrder
  readonly #random: Random
  readonly #journal: JournalWriter
  #connection: Promise<Connection>
  #reconnecting = Promise.resolve()
  #sequence = 0
  #callsLeft = callsPerSession
  #isStopped = false

  constructor(order: SoakOrder) {
    this.#order = order
    this.#random = new Random(order.seed)
    this.#journal = new JournalWriter(order.journal)
    this.#connection = this.#connect()
  }

  /** Resolves when it was told to stop and all its calls are settled. */
  async run(): Promise<void> {
    await this.#connection
    tell({ kind: 'calls' })
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()))
    await this.#reconnecting
    const { manager } = await this.#connection
    await manager.close()
    this.#journal.close()
  }

  stop(): void {
    this.#isStopped = true
  }

  async #connect(): Promise<Connection> {
    const { address, authkey } = this.#order
    const manager = await Manager.connect(address, { authkey: Buffer.from(authkey, 'hex') })
    const [log, counter] = await Promise.all([manager.lookup<SoakLog>('log'), manager.lookup<SoakCounter>('counter')])
    return { manager, log, counter }
  }

  async #lane(): Promise<void> {
    while (!this.#isStopped) {
      const connection = await this.#connection
      if (this.#callsLeft-- === 0) this.#reconnecting = this.#reconnect(connection)
      await this.#append(connection)
      await this.#increment(connection)
    }
  }

  /** Ends the session under the calls of the other lanes, one way or the other. */
  async #reconnect({ manager }: Connection): Promise<void> {
    // By then the calls of this turn have left, and some of them may have been answered.
    for (let turns = this.#random.below(8); turns > 0; turns--) await nextTurn()
    this.#callsLeft = 1 + this.#random.below(2 * callsPerSession)
    const event = this.#random.pick(['closed', 'cut'] as const) ?? 'closed'
    this.#journal.event(event)
    if (event === 'cut') for (const socket of sockets) socket.destroy()
    sockets.length = 0
    this.#connection = manager.close().then(() => this.#connect())
  }

  #append({ log }: Connection): Promise<void> {
    return this.#call('append', async (sequence, signal) => {
      await (signal === undefined ? log : withOptions(log, { signal })).append(this.#order.client, sequence)
      return 0
    })
  }

  #increment({ counter }: Connection): Promise<void> {
    return this.#call('increment', (_, signal) =>
      (signal === undefined ? counter : withOptions(counter, { signal })).increment(1),
    )
  }

  async #call(
    operation: Operation,
    call: (sequence: number, signal: AbortSignal | undefined) => Promise<number>,
  ): Promise<void> {
    const sequence = this.#sequence++
    const giveUp = this.#random.below(callsPerAbort) === 0 ? new AbortController() : undefined
    this.#journal.call(operation, 'begun', sequence)
    try {
      const calling = call(sequence, giveUp?.signal)
      giveUp?.abort()
      this.#journal.call(operation, 'done', sequence, await calling)
    } catch (error) {
      this.#journal.call(operation, deliveryOf(error), sequence)
    }
  }
}

function deliveryOf(error: unknown): 'unknown' | 'not-sent' {
  const isExpected = isManagerError(error, 'SESSION_LOST') || isManagerError(error, 'ABORTED')
  if (isExpected && (error.delivery === 'unknown' || error.delivery === 'not-sent')) return error.delivery
  throw error
}

function tell(report: SoakReport): void {
  process.send?.(report, () => undefined)
}

const client = new SoakClient(JSON.parse(process.argv[2] ?? '') as SoakOrder)
process.once('message', () => client.stop())
// The soak has failed.
process.once('disconnect', () => process.exit(1))
try {
  await client.run()
} catch (error) {
  tell({ kind: 'failed', what: inspect(error) })
}
process.removeAllListeners('disconnect')
process.disconnect()
