/** An item of a queue, with what says when it comes out. */
export interface Entry<T> {
  readonly item: T
  /** The lower comes out first. */
  readonly priority: number
  /** Of this entry alone. Among those of one priority, the lower comes out first. */
  readonly number: number
}

/** Entries, the next one first. Adding and taking cost as much as the logarithm of the size. */
export class EntryHeap<T> {
  /** A binary tree: the children of `i` are at `2i + 1` and `2i + 2`, and never precede it. */
  readonly #entries: Entry<T>[] = []

  get size(): number {
    return this.#entries.length
  }

  get first(): Entry<T> | undefined {
    return this.#entries[0]
  }

  add(entry: Entry<T>): void {
    this.#entries.push(entry)
    this.#rise(entry, this.#entries.length - 1)
  }

  take(): Entry<T> | undefined {
    const first = this.first
    const last = this.#entries.pop()
    if (last !== undefined && this.#entries.length > 0) this.#sink(last, 0)
    return first
  }

  clear(): void {
    this.#entries.length = 0
  }

  /** Puts the entry where nothing above it comes after it. */
  #rise(entry: Entry<T>, from: number): void {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.#entries[above]
      if (parent === undefined || !precedes(entry, parent)) break
      this.#entries[at] = parent
      at = above
    }
    this.#entries[at] = entry
  }

  /** Puts the entry where nothing below it comes before it. */
  #sink(entry: Entry<T>, from: number): void {
    let at = from
    for (;;) {
      const below = this.#firstChild(at)
      const child = this.#entries[below]
      if (child === undefined || !precedes(child, entry)) break
      this.#entries[at] = child
      at = below
    }
    this.#entries[at] = entry
  }

  #firstChild(at: number): number {
    const left = this.#entries[2 * at + 1]
    const right = this.#entries[2 * at + 2]
    const isRightFirst = left !== undefined && right !== undefined && precedes(right, left)
    return isRightFirst ? 2 * at + 2 : 2 * at + 1
  }
}

function precedes(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.priority === other.priority ? one.number < other.number : one.priority < other.priority
}
