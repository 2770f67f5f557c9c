import { type Manager, type Remote, refOf } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { RawClient } from '../harness/raw-client.ts'

/** Another session that holds the proxy's referent until it is closed. */
export class SecondSession implements Disposable {
  readonly id: number
  readonly #raw: RawClient

  private constructor(raw: RawClient, id: number) {
    this.#raw = raw
    this.id = id
  }

  static async holding(manager: Manager, proxy: Remote<unknown>): Promise<SecondSession> {
    const { id, secret } = parseReference(refOf(proxy))
    const raw = await RawClient.open(manager)
    await raw.attach(id, secret)
    return new SecondSession(raw, id)
  }

  async call(method: string): Promise<unknown> {
    return (await this.#raw.ask({ kind: 'call', to: this.id, method, value: [] })).value
  }

  [Symbol.dispose](): void {
    this.#raw[Symbol.dispose]()
  }
}
