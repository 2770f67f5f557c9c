import { LinkedList, type ListNode, setOf } from '../../extension.ts'

/** All keys there are, and those to come. */
export const everything: unique symbol = Symbol('everything')

/** What somebody wants to write. */
export type Keys<K> = readonly K[] | typeof everything

type Node<R> = ListNode<Queued<R>>

interface Queued<R> {
  readonly request: R
  readonly wantsAll: boolean
  /** The higher, the later it came. */
  readonly number: number
  /** Where it stands: for each of its keys, or among those that want everything. */
  readonly places: (readonly [list: LinkedList<Queued<R>>, node: Node<R>, key?: unknown])[]
  /** In how many of these somebody stands before it. */
  behind: number
}

/**
 * Requests for keys, in the order of arrival. Adding and deleting cost as much as a request has keys, however many
 * others there are.
 */
export class KeyQueue<K, R extends { readonly keys: Keys<K> }> {
  readonly #all = new LinkedList<Queued<R>>()
  readonly #wantingAll = new LinkedList<Queued<R>>()
  readonly #byKey = new Map<K, LinkedList<Queued<R>>>()
  /** Where each stands among all. */
  readonly #nodes = new Map<R, Node<R>>()
  #count = 0

  /** Whether nobody wants any of these. */
  isFree(keys: Keys<K>): boolean {
    if (this.#wantingAll.length > 0) return false
    return keys === everything ? this.#all.length === 0 : keys.every((key) => !this.#byKey.has(key))
  }

  /** Returns whether its turn has come: no earlier request wants one of its keys. */
  add(request: R): boolean {
    const { keys } = request
    const wantsAll = keys === everything
    const queued: Queued<R> = { request, wantsAll, number: ++this.#count, places: [], behind: 0 }
    if (wantsAll) queued.places.push([this.#wantingAll, this.#wantingAll.add(queued)])
    else for (const key of setOf(keys)) queued.places.push(this.#place(key, queued))
    queued.behind = queued.places.filter(([, { previous }]) => previous !== undefined).length
    const node = this.#all.add(queued)
    this.#nodes.set(request, node)
    return this.#hasCome(node)
  }

  /** Returns those whose turn comes by that; some of them may have had it before. */
  delete(request: R): readonly R[] {
    const node = this.#nodes.get(request)
    if (node === undefined) return []
    const next = this.#nextAfter(node)
    this.#nodes.delete(request)
    this.#all.delete(node)
    for (const [list, place, key] of node.value.places) {
      list.delete(place)
      if (place.previous === undefined && place.next !== undefined) place.next.value.behind--
      if (list.length === 0 && list !== this.#wantingAll) this.#byKey.delete(key as K)
    }
    const { first } = this.#all
    if (first !== undefined) next.push(first)
    return next
      .filter((each) => this.#hasCome(this.#nodes.get(each.request)))
      .toSorted((one, other) => one.number - other.number)
      .map((each) => each.request)
  }

  /** Those whose turn can't come before that of this one, which has come, is over. */
  blockedBy(request: R): readonly R[] {
    const node = this.#nodes.get(request)
    if (node === undefined) return []
    const found = new Set([node.value])
    for (const { wantsAll, places } of found)
      for (const [, { next }] of places) if (next !== undefined && !wantsAll) found.add(next.value)
    const { first } = this.#wantingAll
    let each = node.value.wantsAll ? node : first && this.#nodes.get(first.request)
    for (; each !== undefined; each = each.next) found.add(each.value)
    found.delete(node.value)
    return Array.from(found, (queued) => queued.request)
  }

  /** Those that may have waited for this one alone. */
  #nextAfter(node: Node<R>): Queued<R>[] {
    const { value } = node
    if (!value.wantsAll) return value.places.flatMap(([, { next }]) => next?.value ?? [])
    const next: Queued<R>[] = []
    if (this.#wantingAll.first !== value) return next
    for (let each = node.next; each !== undefined; each = each.next) {
      next.push(each.value)
      if (each.value.wantsAll) break
    }
    return next
  }

  #hasCome(node: Node<R> | undefined): boolean {
    if (node === undefined) return false
    const { wantsAll, behind, number } = node.value
    if (wantsAll) return node.previous === undefined
    const { first } = this.#wantingAll
    return behind === 0 && (first === undefined || first.number > number)
  }

  #place(key: K, queued: Queued<R>): readonly [LinkedList<Queued<R>>, Node<R>, K] {
    const list = this.#byKey.get(key) ?? new LinkedList<Queued<R>>()
    this.#byKey.set(key, list)
    return [list, list.add(queued), key]
  }
}
