import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InspectorAccess } from './access.ts'
import { failureOf } from './failure.ts'
import { answerTo, type Question } from './asking.ts'
import type { Gatherer } from './gatherer.ts'
import type { Inspected } from './inspected.ts'
import type { Looks } from './looks.ts'
import { type Ask, ask, closing, type Tell, tell, type View } from './messages.ts'
import { parseJson, Unparsable } from './parsed.ts'

/** How long a page may take to say who it is, and how long it may be silent. */
const openMs = 5000
const heartbeatMs = 15_000

/** How many calls of a page may have no answer yet. */
const maxAsked = 8

/** How many messages may wait for a page to read: a page that asks for more and reads nothing is ended, and may come again. */
const maxUnsent = 16

export interface PageSurroundings {
  readonly access: InspectorAccess
  readonly inspected: Inspected
  readonly gatherer: Gatherer
  readonly looks: Looks
  readonly allowsCalls: boolean
  /** Whether there may be one page more. */
  readonly admit: () => boolean
}

/**
 * The WebSocket of one page, which it owns. What the page looks at is asked for when what was sent before has left: a page that
 * doesn't read gets less, and takes no memory.
 */
export class PageLink {
  readonly #webSocket: WebSocket
  readonly #surroundings: PageSurroundings
  readonly #closed = new AbortController()
  #isOpen = false
  #isAlive = true
  #asked = 0
  #unsent = 0
  #look: AbortController | undefined
  #sending: Promise<void> = Promise.resolve()
  /** Resolves when it has ended. */
  readonly closed: Promise<void>

  constructor(webSocket: WebSocket, socket: Socket, surroundings: PageSurroundings) {
    this.#webSocket = webSocket
    this.#surroundings = surroundings
    socket.unref()
    const late = setTimeout(() => this.#isOpen || this.close(closing.refused), openMs).unref()
    const heartbeat = setInterval(() => this.#beat(), heartbeatMs).unref()
    webSocket.on('pong', () => (this.#isAlive = true))
    webSocket.on('message', (data, isBinary) => this.#take(isBinary ? '' : (data as Buffer).toString()))
    webSocket.on('error', () => webSocket.terminate())
    this.closed = new Promise<void>((resolve) => webSocket.once('close', () => resolve())).then(() => {
      clearTimeout(late)
      clearInterval(heartbeat)
      this.#closed.abort()
    })
  }

  /** Whether the page has said who it is. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Tells the page why, and ends. */
  close(code: number): void {
    this.#webSocket.close(code)
    this.#closed.abort()
  }

  #beat(): void {
    if (!this.#isAlive || !this.#isOpen) return this.#webSocket.terminate()
    this.#isAlive = false
    this.#webSocket.ping()
  }

  #take(json: string): void {
    try {
      const asked = parseJson(json, ask)
      if (asked.kind === 'open') this.#open(asked)
      else if (this.#isOpen) this.#carryOut(asked)
      else this.close(closing.refused)
    } catch (error) {
      if (!(error instanceof Unparsable)) throw error
      this.close(this.#isOpen ? closing.broken : closing.refused)
    }
  }

  #open({ token, secret }: Extract<Ask, { kind: 'open' }>): void {
    const { access, allowsCalls, admit } = this.#surroundings
    if (this.#isOpen) return this.close(closing.refused)
    // Before the token is spent: it opens when there is room again.
    if (!admit()) return this.close(closing.tooMany)
    const known = secret !== undefined && access.admits(secret) ? secret : undefined
    const opened = token === undefined ? known : (access.exchange(token) ?? known)
    if (opened === undefined) return this.close(closing.refused)
    this.#isOpen = true
    void this.#send({ kind: 'opened', secret: opened, allowsCalls })
    void this.#tellServers().catch(() => undefined)
  }

  #carryOut(asked: Exclude<Ask, { kind: 'open' }>): void {
    switch (asked.kind) {
      case 'look':
        return void this.#lookAt(asked.look, asked.view)
      case 'call':
      case 'snapshot':
        return void this.#answer(asked)
    }
  }

  async #answer(question: Question): Promise<void> {
    const { call, kind } = question
    const { allowsCalls, inspected } = this.#surroundings
    try {
      if (kind === 'call' && !allowsCalls)
        throw new Error('this inspector calls no methods: start it with --allow-calls')
      if (this.#asked >= maxAsked) throw new Error(`${maxAsked} calls of this page have no answer yet`)
      this.#asked++
      try {
        await this.#send({ kind: 'answered', call, json: await answerTo(question, inspected, this.#closed.signal) })
      } finally {
        this.#asked--
      }
    } catch (error) {
      await this.#send({ kind: 'answered', call, failure: failureOf(error) })
    }
  }

  async #tellServers(): Promise<void> {
    const { signal } = this.#closed
    const { gatherer } = this.#surroundings
    const leave = gatherer.watch()
    try {
      while (!signal.aborted) {
        await this.#tellOf(gatherer)
        await gatherer.next(signal)
      }
    } finally {
      leave()
    }
  }

  async #tellOf({ servers, failure }: Gatherer): Promise<void> {
    if (servers.length === 0 && failure === null) return
    try {
      await this.#send({ kind: 'servers', servers: servers.map((server) => server ?? null), failure })
    } catch (error) {
      await this.#send({ kind: 'servers', servers: [], failure: failureOf(error) })
    }
  }

  async #lookAt(look: number, view: View): Promise<void> {
    this.#look?.abort()
    this.#look = new AbortController()
    const signal = AbortSignal.any([this.#closed.signal, this.#look.signal])
    while (!signal.aborted) {
      try {
        for await (const shown of this.#surroundings.looks.of(view, signal))
          if (!signal.aborted) await this.#send({ kind: 'shown', look, shown })
      } catch (error) {
        if (signal.aborted) return
        await this.#send({ kind: 'failed', look, failure: failureOf(error) })
      }
      // A server that is started anew is there again.
      await sleep(1000, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /**
   * Resolves when it has left, and all before it; a page that is gone takes everything.
   * @throws (as a rejection) Unparsable for what a server has told that is nothing of the kind
   */
  async #send(message: Tell): Promise<void> {
    const json = JSON.stringify(tell(message, 'what is told'))
    if (++this.#unsent > maxUnsent) this.#webSocket.terminate()
    this.#sending = this.#sending.then(
      () => new Promise<void>((resolve) => this.#webSocket.send(json, () => resolve())),
    )
    await this.#sending
    this.#unsent--
  }
}
