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

  add(value: T): ListNode<T> {
    const node: ListNode<T> = { value, previous: this.#last, next: undefined }
    if (this.#last === undefined) this.#first = node
    else this.#last.next = node
    this.#last = node
    this.#length++
    return node
  }

  /** Takes out a node of this list, once. Iterations that are at it go on behind it. */
  delete({ previous, next }: ListNode<T>): void {
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
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
}
