import { refuseCrowded, Spread } from '../../extension.ts'
import { Changes } from './changes.ts'
import { Clearings, First } from './iteration.ts'

/** A change of a `SharedMap`. */
export type MapChange<K, V> =
  | { readonly type: 'set'; readonly key: K; readonly value: V; readonly previous?: V }
  | { readonly type: 'delete'; readonly key: K; readonly previous: V }
  | { readonly type: 'clear' }

/** The entries of a map, whose changes its watches are told. */
export class MapEntries<K, V> {
  readonly changes: Changes<MapChange<K, V>> = new Changes()
  readonly #entries = new Map<K, V>()
  readonly #spread = new Spread()
  readonly #first = new First(this.#entries)
  readonly #clearings = new Clearings()

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  /** @throws RangeError for one of too many keys that have one hash */
  set(key: K, value: V): void {
    if (!this.#spread.admits(key, this.#entries)) refuseCrowded()
    if (this.changes.areWatched) this.#tellSet(key, value)
    this.#entries.set(key, value)
  }

  delete(key: K): boolean {
    if (!this.#entries.has(key)) return false
    if (this.changes.areWatched) this.changes.tell({ type: 'delete', key, previous: this.#entries.get(key) as V })
    this.#spread.delete(key)
    return this.#entries.delete(key)
  }

  /** Removes the entry that came first. */
  takeFirst(): [key: K, value: V] | undefined {
    const first = this.#first.take()?.item
    if (first !== undefined) this.delete(first[0])
    return first
  }

  /** `undefined` stands for no entry. */
  put(key: K, value: V | undefined): void {
    if (value === undefined) this.delete(key)
    else this.set(key, value)
  }

  clear(): void {
    if (this.#entries.size === 0) return
    this.#entries.clear()
    this.#spread.clear()
    this.#clearings.note()
    this.changes.tell({ type: 'clear' })
  }

  keys(): Generator<K> {
    return this.#clearings.over(this.#entries.keys(), 'map')
  }

  values(): Generator<V> {
    return this.#clearings.over(this.#entries.values(), 'map')
  }

  entries(): Generator<[K, V]> {
    return this.#clearings.over(this.#entries.entries(), 'map')
  }

  copy(): Map<K, V> {
    return new Map(this.#entries)
  }

  #tellSet(key: K, value: V): void {
    const previous = this.#entries.has(key) ? { previous: this.#entries.get(key) as V } : {}
    this.changes.tell({ type: 'set', key, value, ...previous })
  }
}
