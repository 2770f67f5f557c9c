import { Manager, type Remote } from 'referent'

/** Sessions with one server, beside that of its manager: each is a client of its own, as far as the server can tell. */
export class Sessions implements AsyncDisposable {
  readonly #manager: Manager
  readonly #opened: Manager[] = []

  constructor(manager: Manager) {
    this.#manager = manager
  }

  /** Closing it is what the death of a client is to the server. */
  async open(): Promise<Manager> {
    const opened = await Manager.connect(this.#manager.address, { authkey: this.#manager.authkey })
    this.#opened.push(opened)
    return opened
  }

  /** A session of its own, and what has this name there. */
  async openFor<T extends object>(
    name: string,
    Class: new (...args: never[]) => T,
  ): Promise<{ readonly session: Manager; readonly of: Remote<T> }> {
    const session = await this.open()
    return { session, of: await session.named(name, Class) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((each) => each.close()))
  }
}
