import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerInspection, SessionInspection } from '../server/inspection.ts'
import { failureOf } from './failure.ts'
import type { Inspected } from './inspected.ts'
import type { Failure } from './messages.ts'
import type { SampleRow, TypeRow } from './rows.ts'
import { sampleOf } from './sample.ts'

/** How often a server is asked while somebody looks, and while nobody does. */
const watchedMs = 1000
const unwatchedMs = 5000

/** For how long samples are kept. */
const keptMs = 15 * 60_000

/** An answer that takes longer is none. */
const timeoutMs = 10_000

/** Of how many typeids and sessions is known. */
const listed = 300

/** Asks the servers again and again what they have to do, and keeps that of the last 15 minutes. Keeps no process alive. */
export class Gatherer {
  readonly #inspected: Inspected
  readonly #ended = new AbortController()
  readonly #events = new EventEmitter<{ gathered: []; watched: [] }>().setMaxListeners(0)
  #samples: (readonly SampleRow[])[] = []
  #watchers = 0
  /** What the servers said last; undefined for those that have ended. */
  servers: readonly (ServerInspection | undefined)[] = []
  /** Why there was no answer the last time. */
  failure: Failure | null = null

  constructor(inspected: Inspected) {
    this.#inspected = inspected
    void this.#run()
  }

  /** What is kept of the server of this index, the oldest first. */
  samplesOf(server: number): readonly SampleRow[] {
    return this.#samples[server] ?? []
  }

  typesOf(server: number): readonly TypeRow[] {
    return this.servers[server]?.types ?? []
  }

  sessionsOf(server: number): readonly SessionInspection[] {
    return this.servers[server]?.sessions ?? []
  }

  /** The indexes of the servers that have not ended, when it is known of any. @throws (as a rejection) AbortError */
  async there(signal: AbortSignal): Promise<readonly number[]> {
    while (this.servers.length === 0) await this.next(signal)
    return this.servers.flatMap((server, index) => (server === undefined ? [] : [index]))
  }

  /** Resolves when the servers were asked the next time. @throws (as a rejection) AbortError */
  async next(signal: AbortSignal): Promise<void> {
    await once(this.#events, 'gathered', { signal })
  }

  /** While somebody watches, servers are asked more often. Returns what ends that. */
  watch(): () => void {
    this.#watchers++
    this.#events.emit('watched')
    return () => void this.#watchers--
  }

  close(): void {
    this.#ended.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      await this.#gather(signal)
      this.#events.emit('gathered')
      await this.#pause(signal).catch(() => undefined)
    }
  }

  async #gather(signal: AbortSignal): Promise<void> {
    const before = this.servers
    try {
      const options = { limit: listed, load: this.#watchers > 0, timeoutMs, signal }
      const { servers } = await this.#inspected.inspect(options)
      this.servers = servers
      this.failure = null
      const at = Date.now()
      this.#samples = servers.map((server, index) => {
        const kept = this.samplesOf(index).filter((sample) => sample.at > at - keptMs)
        return server === undefined ? kept : [...kept, sampleOf(server, before[index], at)]
      })
    } catch (error) {
      this.failure = failureOf(error)
    }
  }

  /** Until it is time for the next; where somebody begins to watch, that is now. */
  async #pause(signal: AbortSignal): Promise<void> {
    const isWatched = this.#watchers > 0
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const waits = [sleep(isWatched ? watchedMs : unwatchedMs, undefined, { signal: either, ref: false })]
    if (!isWatched) waits.push(once(this.#events, 'watched', { signal: either }).then(() => undefined))
    await Promise.race(waits).finally(() => over.abort())
  }
}
