import { once } from 'node:events'
import { WebSocket } from 'ws'
import { eventually, patienceMs, within } from '../harness/eventually.ts'
import { type Ask, type Tell, tell } from '../../lib/inspector/messages.ts'
import { parseJson } from '../../lib/inspector/parsed.ts'

/** What speaks to an inspector in the place of a page. */
export class PageSocket implements Disposable {
  readonly #webSocket: WebSocket
  readonly #closed: Promise<number>
  readonly #told: Tell[] = []

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket
    this.#closed = once(webSocket, 'close').then(([code]) => code as number)
    webSocket.on('error', () => undefined)
    webSocket.on('message', (data) => this.#told.push(parseJson((data as Buffer).toString(), tell)))
  }

  /** @throws (as a rejection) where the inspector refuses it */
  static async connect(port: number, headers: Readonly<Record<string, string>> = {}): Promise<PageSocket> {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers })
    await once(webSocket, 'open', { signal: AbortSignal.timeout(patienceMs) })
    return new PageSocket(webSocket)
  }

  send(message: Ask | string): void {
    this.#webSocket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Reads nothing until `resume`. */
  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN
  }

  /** The next message of that kind; those before it are dropped. */
  next<K extends Tell['kind']>(kind: K): Promise<Extract<Tell, { readonly kind: K }>> {
    return eventually(`the inspector tells '${kind}'`, () => {
      for (let told = this.#told.shift(); told !== undefined; told = this.#told.shift())
        if (told.kind === kind) return told as Extract<Tell, { readonly kind: K }>
      return undefined
    })
  }

  /** Resolves with the code by which the inspector closed it. */
  closed(): Promise<number> {
    return within('the inspector closes the WebSocket', this.#closed)
  }

  [Symbol.dispose](): void {
    this.#webSocket.terminate()
  }
}

export function tokenOf(url: string): string {
  return new URL(url).hash.replace('#token=', '')
}
