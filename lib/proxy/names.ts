import type { CallOptions } from '../session/wait.ts'
import type { Client } from './client.ts'
import type { ImportEntry } from './import-entry.ts'
import { proxyStateOf } from './proxy.ts'

/** The names that one manager has given or asked for, so that a server that is started anew gets them again. */
export class Names {
  /** The names that were found before: a server that is started anew gets them again soon. */
  readonly #found = new Set<string>()
  readonly #imports = new Map<string, { readonly args: readonly unknown[]; readonly entry: ImportEntry | undefined }>()

  /** Asks for the referent of a name, made where there is none; its proxy finds it again when the session was lost. */
  async make(client: Client, name: string, args: readonly unknown[]): Promise<object> {
    const proxy = await client.ask('named', [name, ...args])
    const entry = proxyStateOf(proxy)?.entry
    if (entry !== undefined) entry.recipe = { operation: 'named', args: [name, ...args] }
    this.#imports.set(name, { args, entry })
    return proxy as object
  }

  /** As `make`, where there must be one. */
  async find(client: Client, name: string, options?: CallOptions): Promise<object> {
    const proxy = await client.lookUp(name, this.#found.has(name), options)
    this.#found.add(name)
    const entry = proxyStateOf(proxy)?.entry
    if (entry !== undefined) entry.recipe ??= { operation: 'lookup', args: [name] }
    return proxy as object
  }

  forget(name: string): void {
    this.#imports.delete(name)
    this.#found.delete(name)
  }

  /** Has all that `make` made once made again, by a session with a new server. What fails there, a call says. */
  makeAgain(client: Client): void {
    for (const [name, { args, entry }] of this.#imports) {
      const made = entry?.isReleased === false ? client.adopt(entry) : this.#makeUnheld(client, name, args)
      made.catch(() => undefined)
    }
  }

  async #makeUnheld(client: Client, name: string, args: readonly unknown[]): Promise<void> {
    const entry = proxyStateOf(await client.ask('named', [name, ...args]))?.entry
    entry?.holder.release(entry)
  }
}
