/** A value in a list, by which it is taken out again. */
export interface ListNode<T> {
  readonly value: T
  previous: ListNode<T> | undefined
  next: ListNode<T> | undefined
}

/**
 * Values in the order in which they were added. Adding and deleting take the same time however many there are, wherever
 * they stand. (V8 looks for the first of a `Map` or `Set` behind the places of all that were deleted before it.)
 */
export class LinkedList<T> {
  #first: ListNode<T> | undefined
  #last: ListNode<T> | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  get first(): T | undefined {
    return this.#first?.value
  }

  /** Adds at the end. */
  add(value: T): ListNode<T> {
    return this.#link({ value, previous: this.#last, next: undefined })
  }

  /** Adds at the beginning. */
  unshift(value: T): ListNode<T> {
    return this.#link({ value, previous: undefined, next: this.#first })
  }

  /** Takes out a node of this list, once. Iterations that are at it go on behind it. */
  delete({ previous, next }: ListNode<T>): void {
    this.#join(previous, next, next, previous)
    this.#length--
  }

  shift(): T | undefined {
    const node = this.#first
    if (node !== undefined) this.delete(node)
    return node?.value
  }

  clear(): void {
    this.#first = this.#last = undefined
    this.#length = 0
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let node = this.#first; node !== undefined; node = node.next) yield node.value
  }

  #link(node: ListNode<T>): ListNode<T> {
    this.#join(node.previous, node, node.next, node)
    this.#length++
    return node
  }

  /** After `previous` comes `following`, and before `next` comes `preceding`. */
  #join(
    previous: ListNode<T> | undefined,
    following: ListNode<T> | undefined,
    next: ListNode<T> | undefined,
    preceding: ListNode<T> | undefined,
  ): void {
    if (previous === undefined) this.#first = following
    else previous.next = following
    if (next === undefined) this.#last = preceding
    else next.previous = preceding
  }
}
