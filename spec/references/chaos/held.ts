import { isProxy, release, type Remote } from 'referent'
import { proxyStateOf } from '../../../lib/proxy/proxy.ts'
import type { CountedItem } from './counted-item.ts'

/** The proxies that a client of a run keeps. */
export class Held {
  readonly #proxies = new Set<object>()

  get size(): number {
    return this.#proxies.size
  }

  /** Keeps all proxies in a value. */
  add(value: unknown): void {
    if (isProxy(value)) {
      // One that came may have been released before whoever waited for it went on.
      if (proxyStateOf(value)?.entry.isReleased === false) this.#proxies.add(value)
    } else if (value instanceof Map) for (const part of value.values()) this.add(part)
    else if (Array.isArray(value)) for (const part of value) this.add(part)
  }

  release(proxy: object): void {
    this.#proxies.delete(proxy)
    release(proxy)
  }

  /** Leaves it to the garbage collector. */
  drop(proxy: object): void {
    this.#proxies.delete(proxy)
  }

  ids(): number[] {
    return [...this.#proxies].map((proxy) => idOf(proxy))
  }

  /** Those that came last come last. */
  [Symbol.iterator](): Iterator<object> {
    return this.#proxies.values()
  }
}

/** The id of the referent that a proxy is of. */
export function idOf(proxy: object): number {
  return proxyStateOf(proxy)?.entry.id ?? 0
}

/** What an item was given when it was made: unlike its id, the same when a run is replayed. */
export async function labelOf(proxy: object): Promise<string> {
  return typeof proxy === 'function' ? 'a function' : (proxy as Remote<CountedItem>).label
}
