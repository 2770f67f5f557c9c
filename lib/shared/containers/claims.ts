/** All keys there are, and those to come. */
export const everything: unique symbol = Symbol('everything')

/** What somebody claims for a while. */
export type Keys<K> = readonly K[] | typeof everything

/** Which keys are claimed, each as often as it is. */
export class Claims<K> {
  readonly #keys = new Map<K, number>()
  #everything = 0

  /** Whether nobody claims any of these. */
  isFree(keys: Keys<K>): boolean {
    if (this.#everything > 0) return false
    return keys === everything ? this.#keys.size === 0 : keys.every((key) => !this.#keys.has(key))
  }

  add(keys: Keys<K>): void {
    if (keys === everything) this.#everything++
    else for (const key of keys) this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1)
  }

  remove(keys: Keys<K>): void {
    if (keys === everything) this.#everything--
    else for (const key of keys) this.#removeOne(key)
  }

  #removeOne(key: K): void {
    const count = this.#keys.get(key) ?? 0
    if (count > 1) this.#keys.set(key, count - 1)
    else this.#keys.delete(key)
  }
}
