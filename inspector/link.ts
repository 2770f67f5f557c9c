import { type Ask, closing, type Failure, type Shown, type Tell, tell, type View } from '../lib/inspector/messages.ts'
import { parseJson } from '../lib/inspector/parsed.ts'
import type { ServerRow } from '../lib/inspector/rows.ts'

/** How long the page waits before it asks again. */
const againMs = 1000

/** Where the tab keeps what lets it in again. */
const secretKey = 'referent-inspector-secret'

export type LinkState = 'opening' | 'open' | 'lost' | 'refused' | 'ended' | 'full'

/** What is told of what the page looks at. */
export interface Looker {
  shown(shown: Shown): void
  failed(failure: Failure): void
}

/** What is asked once. */
type Question = Omit<Extract<Ask, { kind: 'call' }>, 'call'> | Omit<Extract<Ask, { kind: 'snapshot' }>, 'call'>

interface Answer {
  readonly resolve: (json: string) => void
  readonly reject: (error: CallFailed) => void
}

/** Why a call of this page has no result. */
export class CallFailed extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** The WebSocket of this page. It opens another one when the inspector is away for a while. */
export class Link {
  readonly #changed: () => void
  #webSocket: WebSocket | undefined
  #token: string | undefined
  readonly #answers = new Map<number, Answer>()
  #lastCall = 0
  #look = 0
  #view: View | undefined
  #looker: Looker | undefined
  state: LinkState = 'opening'
  allowsCalls = false
  servers: readonly ServerRow[] = []
  failure: Failure | null = null

  /**
   * @param token that of the link by which the page was opened
   * @param changed is told when something of this is another
   */
  constructor(token: string | undefined, changed: () => void) {
    this.#token = token
    this.#changed = changed
  }

  open(): void {
    const webSocket = new WebSocket(`ws://${location.host}/live`)
    this.#webSocket = webSocket
    webSocket.addEventListener('open', () => this.#introduce())
    webSocket.addEventListener('message', ({ data }) => this.#take(String(data)))
    webSocket.addEventListener('close', ({ code }) => this.#closed(code))
  }

  /** From now on the looker is told of that, and of nothing else. */
  lookAt(view: View, looker: Looker): void {
    this.#view = view
    this.#looker = looker
    this.#look++
    this.#sendLook()
  }

  /** Asks for a call or a snapshot. Resolves with its JSON. @throws (as a rejection) CallFailed */
  ask(question: Question): Promise<string> {
    const call = ++this.#lastCall
    return new Promise((resolve, reject) => {
      this.#answers.set(call, { resolve, reject })
      this.#send({ ...question, call })
    })
  }

  #introduce(): void {
    const secret = sessionStorage.getItem(secretKey) ?? undefined
    const token = this.#token
    this.#send({ kind: 'open', ...(token === undefined ? {} : { token }), ...(secret === undefined ? {} : { secret }) })
  }

  #take(json: string): void {
    const told = parseJson(json, tell)
    switch (told.kind) {
      case 'opened':
        return this.#opened(told)
      case 'servers':
        this.servers = told.servers
        this.failure = told.failure
        return this.#changed()
      case 'shown':
        if (told.look === this.#look) this.#looker?.shown(told.shown)
        return
      case 'failed':
        if (told.look === this.#look) this.#looker?.failed(told.failure)
        return
      case 'answered':
        return this.#answered(told)
    }
  }

  #opened({ secret, allowsCalls }: Extract<Tell, { kind: 'opened' }>): void {
    sessionStorage.setItem(secretKey, secret)
    this.#token = undefined
    this.allowsCalls = allowsCalls
    this.#become('open')
    this.#sendLook()
  }

  #answered({ call, json = '', failure }: Extract<Tell, { kind: 'answered' }>): void {
    const answer = this.#answers.get(call)
    this.#answers.delete(call)
    if (failure === undefined) answer?.resolve(json)
    else answer?.reject(new CallFailed(failure))
  }

  #closed(code: number): void {
    const lost = new CallFailed({ name: 'Error', message: 'the connection to the inspector was lost' })
    for (const { reject } of this.#answers.values()) reject(lost)
    this.#answers.clear()
    if (code === closing.refused) return this.#become('refused')
    if (code === closing.tooMany) return this.#become('full')
    this.#become(code === closing.ended ? 'ended' : 'lost')
    setTimeout(() => this.open(), againMs)
  }

  #sendLook(): void {
    if (this.#view !== undefined && this.state === 'open')
      this.#send({ kind: 'look', look: this.#look, view: this.#view })
  }

  #send(message: Ask): void {
    if (this.#webSocket?.readyState === WebSocket.OPEN) this.#webSocket.send(JSON.stringify(message))
  }

  #become(state: LinkState): void {
    this.state = state
    this.#changed()
  }
}
