/** A map that doesn't keep its values: an entry goes when its value is collected. Its keys are kept until then. */
export class WeakValueMap<K, V extends object> {
  readonly #refs = new Map<K, WeakRef<V>>()
  readonly #registry: FinalizationRegistry<{ readonly key: K; readonly ref: WeakRef<V> }>

  /** @param collected is told of each key whose value was collected, unless it was deleted or has got another one */
  constructor(collected: (key: K) => void) {
    this.#registry = new FinalizationRegistry(({ key, ref }) => {
      if (this.#refs.get(key) !== ref) return
      this.#refs.delete(key)
      collected(key)
    })
  }

  /** How many are there, or were until they were collected. */
  get size(): number {
    return this.#refs.size
  }

  get(key: K): V | undefined {
    return this.#refs.get(key)?.deref()
  }

  set(key: K, value: V): void {
    const ref = new WeakRef(value)
    this.#refs.set(key, ref)
    this.#registry.register(value, { key, ref })
  }

  delete(key: K): void {
    this.#refs.delete(key)
  }

  keys(): Iterable<K> {
    return this.#refs.keys()
  }
}
