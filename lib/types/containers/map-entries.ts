import { Changes } from './changes.ts'
import { Collection } from './collection.ts'

/** A change of a `SharedMap`. */
export type MapChange<K, V> =
  | { readonly type: 'set'; readonly key: K; readonly value: V; readonly previous?: V }
  | { readonly type: 'delete'; readonly key: K; readonly previous: V }
  | { readonly type: 'clear' }

/** The entries of a map, whose changes its watches are told. */
export class MapEntries<K, V> {
  readonly changes: Changes<MapChange<K, V>> = new Changes()
  readonly #entries = new Map<K, V>()
  readonly #collection = new Collection<K, [key: K, value: V]>(this.#entries, 'map')

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
    this.#collection.admit(key)
    if (this.changes.areWatched) this.#tellSet(key, value)
    this.#entries.set(key, value)
  }

  delete(key: K): boolean {
    if (!this.#entries.has(key)) return false
    if (this.changes.areWatched) this.changes.tell({ type: 'delete', key, previous: this.#entries.get(key) as V })
    return this.#collection.delete(key)
  }

  /** Removes the entry that came first. */
  takeFirst(): [key: K, value: V] | undefined {
    const first = this.#collection.takeFirst()?.item
    if (first !== undefined) this.delete(first[0])
    return first
  }

  /** `undefined` stands for no entry. */
  put(key: K, value: V | undefined): void {
    if (value === undefined) this.delete(key)
    else this.set(key, value)
  }

  clear(): void {
    if (this.#collection.clear()) this.changes.tell({ type: 'clear' })
  }

  keys(): Generator<K> {
    return this.#collection.over(this.#entries.keys())
  }

  values(): Generator<V> {
    return this.#collection.over(this.#entries.values())
  }

  entries(): Generator<[K, V]> {
    return this.#collection.over(this.#entries.entries())
  }

  copy(): Map<K, V> {
    return new Map(this.#entries)
  }

  #tellSet(key: K, value: V): void {
    const previous = this.#entries.has(key) ? { previous: this.#entries.get(key) as V } : {}
    this.changes.tell({ type: 'set', key, value, ...previous })
  }
}
