import { type Manager, type Remote, refOf } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { RawClient } from '../harness/raw-client.ts'

/** A session that holds a referent, and never says that it has got an answer. Disposing it ends it at once. */
export class MuteConsumer implements Disposable {
  readonly #raw: RawClient
  readonly #referent: number
  /** Requests are numbered as they are made. */
  #lastRequest = 1

  private constructor(raw: RawClient, referent: number) {
    this.#raw = raw
    this.#referent = referent
  }

  static async of(manager: Manager, proxy: Remote<unknown>): Promise<MuteConsumer> {
    const { id, secret } = parseReference(refOf(proxy))
    const raw = await RawClient.open(manager)
    await raw.attach(id, secret)
    return new MuteConsumer(raw, id)
  }

  async call(method: string): Promise<unknown> {
    this.#lastRequest++
    return (await this.#raw.ask({ kind: 'call', to: this.#referent, method, value: [] })).value
  }

  /** Says that it no longer waited for the last answer when that came. */
  giveUpLast(): void {
    this.#raw.tell({ kind: 'cancel', id: this.#lastRequest })
  }

  [Symbol.dispose](): void {
    this.#raw[Symbol.dispose]()
  }
}
