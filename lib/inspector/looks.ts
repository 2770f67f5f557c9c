import { setTimeout as sleep } from 'node:timers/promises'
import type { WatchCallsOptions } from '../server/call-record.ts'
import { type InspectOptions, maxLimit, type ServerInspection } from '../server/inspection.ts'
import type { Gatherer } from './gatherer.ts'
import type { Inspected } from './inspected.ts'
import { interleaved } from './interleaved.ts'
import type { Shown, View } from './messages.ts'
import type { ReferentRow, SessionRow } from './rows.ts'
import { ReferentLook } from './referent-look.ts'
import { partOf } from './table-part.ts'

/** How often what a page looks at is asked for, and which part of the time may go into that. */
const intervalMs = 1000
const share = 1 / 5

/** An answer that takes longer is none. */
const timeoutMs = 10_000

/** How many calls without an answer the drawing is made of, and how old they are at least: the others don't wait. */
const maxPending = 300
const waitingMs = 100

type ViewOf<Name extends View['view']> = Extract<View, { readonly view: Name }>

/** What there is to see of a server. */
export class Looks {
  readonly #inspected: Inspected
  readonly #gatherer: Gatherer
  readonly #allowsCalls: boolean

  constructor(inspected: Inspected, gatherer: Gatherer, allowsCalls: boolean) {
    this.#allowsCalls = allowsCalls
    this.#inspected = inspected
    this.#gatherer = gatherer
  }

  /** What there is to see, again and again, until the signal aborts. Nothing is asked for before the last was taken. */
  of(view: View, signal: AbortSignal): AsyncGenerator<Shown> {
    switch (view.view) {
      case 'overview':
        return this.#overview(view, signal)
      case 'sessions':
        return again(() => this.#sessions(view, signal), signal)
      case 'referents':
        return again(() => this.#referents(view, signal), signal)
      case 'waits':
        return again(() => this.#waits(view, signal), signal)
      case 'calls':
        return this.#calls(view, signal)
      case 'referent':
        return this.#referent(view, signal)
      case 'session':
        return again(() => this.#session(view, signal), signal)
    }
  }

  async *#overview({ server }: ViewOf<'overview'>, signal: AbortSignal): AsyncGenerator<Shown> {
    let last = 0
    for (;;) {
      const samples = this.#gatherer.samplesOf(server).filter(({ at }) => at > last)
      yield { view: 'overview', samples, isFirst: last === 0, types: this.#gatherer.typesOf(server) }
      last = samples.at(-1)?.at ?? last
      await this.#gatherer.next(signal)
    }
  }

  async #sessions(view: ViewOf<'sessions'>, signal: AbortSignal): Promise<Shown> {
    const { sessions, truncated } = await this.#inspect(view.server, { limit: maxLimit }, signal)
    const find = view.find.trim().toLowerCase()
    const found = sessions.filter(({ id, pid, host = '' }) =>
      [id, String(pid), host].some((text) => text.toLowerCase().includes(find)),
    )
    return { view: 'sessions', ...partOf<SessionRow>(found, view), isTruncated: truncated }
  }

  async #referents(view: ViewOf<'referents'>, signal: AbortSignal): Promise<Shown> {
    const find = view.find.trim()
    const { referents, truncated } = await this.#inspect(view.server, { limit: maxLimit, find }, signal)
    return { view: 'referents', ...partOf<ReferentRow>(referents, view), isTruncated: truncated }
  }

  async #waits({ server }: ViewOf<'waits'>, signal: AbortSignal): Promise<Shown> {
    const { pending, sessions, truncated } = await this.#inspect(server, { limit: maxPending }, signal)
    const long = pending.flatMap((each) => {
      const calls = each.calls.filter(({ ageMs }) => ageMs >= waitingMs)
      return calls.length === 0 ? [] : [{ ...each, calls }]
    })
    return { view: 'waits', pending: long, sessions, isTruncated: truncated }
  }

  /** Those of all servers, as a chain of calls may lead over several. It ends when one of them does. */
  async *#calls({ view: _view, ...filter }: ViewOf<'calls'>, signal: AbortSignal): AsyncGenerator<Shown> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    try {
      const there = await this.#gatherer.there(either)
      const tails = there.map((server) => this.#tail({ ...filter, server, signal: either }))
      yield* interleaved(tails)
    } finally {
      over.abort()
    }
  }

  async *#tail(options: WatchCallsOptions & { readonly server: number }): AsyncGenerator<Shown> {
    const { server } = options
    for await (const { calls, missed } of this.#inspected.watchCalls(options))
      if (calls.length > 0 || missed > 0)
        yield { view: 'calls', calls: calls.map((call) => ({ ...call, server })), missed }
  }

  async *#referent(view: ViewOf<'referent'>, signal: AbortSignal): AsyncGenerator<Shown> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    try {
      const referent = new ReferentLook(this.#inspected, view, this.#allowsCalls, either)
      const sessions = () => this.#gatherer.sessionsOf(view.server)
      yield* again(async () => ({ ...(await referent.look({ signal, timeoutMs })), sessions: sessions() }), signal)
    } finally {
      over.abort()
    }
  }

  async #session({ server, session }: ViewOf<'session'>, signal: AbortSignal): Promise<Shown> {
    const detail = await this.#inspected.inspectSession(session, { server, signal, timeoutMs })
    return { view: 'session', detail }
  }

  async #inspect(server: number, options: InspectOptions, signal: AbortSignal): Promise<ServerInspection> {
    const { servers } = await this.#inspected.inspect({ ...options, server, timeoutMs, signal })
    const found = servers[server]
    if (found === undefined) throw new Error(`server ${server} has ended`)
    return found
  }
}

async function* again(look: () => Promise<Shown>, signal: AbortSignal): AsyncGenerator<Shown> {
  for (;;) {
    const start = performance.now()
    yield await look()
    const tookMs = performance.now() - start
    await sleep(Math.max(intervalMs, tookMs / share), undefined, { signal, ref: false })
  }
}
