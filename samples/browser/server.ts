// A counter and a chat that all who have the page open share. Run `npm run sample:browser`, and open what it prints, several times.
import { EventEmitter, on } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { currentCall, Exposed, isMain, Manager, refOf, release, Shared } from 'referent'

@Shared()
export class Counter {
  #count = 0
  readonly #changes = new EventEmitter()

  @Exposed
  increment(by: number): number {
    this.#count += by
    this.#changes.emit('change')
    return this.#count
  }

  /** The count, and whenever it changes the next one. A page that goes leaves it. */
  @Exposed
  async *watch(): AsyncGenerator<number> {
    const signal = currentCall()?.session.ended
    const changes = on(this.#changes, 'change', signal === undefined ? {} : { signal })
    yield this.#count
    while (!(await changes.next()).done) yield this.#count
  }
}

type Listener = (line: string) => unknown

@Shared()
export class Chat {
  readonly #listeners = new Set<Listener>()

  /** Whoever joins is told of all that is said for as long as he keeps his seat. */
  @Exposed
  join(name: string, listener: Listener): Seat {
    const nickname = name.slice(0, 20)
    this.#listeners.add(listener)
    this.#tell(`${nickname} has come`)
    return new Seat({
      say: (text) => this.#tell(`${nickname}: ${text.slice(0, 200)}`),
      leave: () => {
        this.#listeners.delete(listener)
        this.#tell(`${nickname} has gone`)
      },
    })
  }

  #tell(line: string): void {
    for (const listener of this.#listeners) void this.#tellOne(listener, line)
  }

  /** A page may be gone, or answer never: nobody waits for it. */
  async #tellOne(listener: Listener, line: string): Promise<void> {
    try {
      await listener(line)
    } catch {
      this.#listeners.delete(listener)
    }
  }
}

/** The right to speak. It goes with the page that has it, or when that gives it back. */
@Shared({ disposeOnRelease: true })
export class Seat {
  readonly #place: { say(text: string): void; leave(): void }

  constructor(place: { say(text: string): void; leave(): void }) {
    this.#place = place
  }

  @Exposed
  say(text: string): void {
    this.#place.say(text)
  }

  [Symbol.dispose](): void {
    this.#place.leave()
  }
}

/** The files that the pages load: by name, what of this folder or of the package it is. */
const files: Readonly<Record<string, readonly [file: URL, type: string]>> = {
  '/': [new URL('index.html', import.meta.url), 'text/html'],
  '/client.js': [new URL('client.js', import.meta.url), 'text/javascript'],
  '/referent.js': [new URL(import.meta.resolve('referent/browser')), 'text/javascript'],
}

if (isMain(import.meta)) {
  const references: Record<string, string> = {}
  const pages = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', origin)
    const [file, type] = files[pathname] ?? []
    if (pathname === '/references') response.end(JSON.stringify(references))
    else if (file === undefined) response.writeHead(404).end()
    else
      readFile(file).then(
        (content) => response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`

  // Pages of this origin alone may connect, and use what references they are given.
  // A page that is cut off for two seconds goes on where it was; one that is gone for longer loses its seat.
  const manager = await Manager.serve({
    address: 'ws://127.0.0.1:0',
    origins: [origin],
    resumeMs: 2000,
    reconnectMs: 30_000,
  })
  const [counter, chat] = [await manager.create(Counter), await manager.create(Chat)]
  Object.assign(references, { counter: refOf(counter), chat: refOf(chat) })
  console.log(`open ${origin}/`)

  process.once('SIGINT', () => {
    release(counter)
    pages.close()
    pages.closeAllConnections()
    void manager.close()
  })
}
