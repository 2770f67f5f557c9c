import { isNumber } from '../../extension.ts'
import type { Changes } from './changes.ts'

/**
 * A change of a `SharedList`. A copy to which all are applied, `set` as an assignment and `splice` as
 * `Array.prototype.splice`, stays the same.
 */
export type ListChange<T> =
  | { readonly type: 'set'; readonly index: number; readonly value: T; readonly previous: T }
  | {
      readonly type: 'splice'
      readonly index: number
      readonly removed: readonly T[]
      readonly added: readonly T[]
    }

/** The items of a list, whose changes its watches are told. */
export class ListItems<T> {
  readonly all: T[] = []
  readonly #changes: Changes<ListChange<T>>

  /** @param changes where it tells of them */
  constructor(changes: Changes<ListChange<T>>) {
    this.#changes = changes
  }

  /** @throws RangeError for what is no place of an item, TypeError for no number; negative ones count from the end */
  placeOf(index: number): number {
    isNumber('the index', index)
    const place = index < 0 ? this.all.length + index : index
    if (Number.isSafeInteger(place) && place >= 0 && place < this.all.length) return place
    throw new RangeError(`there is no item ${index} in a list of ${this.all.length}`)
  }

  set(place: number, value: T): T {
    if (this.#changes.areWatched) {
      this.#changes.tell({ type: 'set', index: place, value, previous: this.all[place] as T })
    }
    this.all[place] = value
    return value
  }

  push(items: readonly T[]): number {
    this.#tellSplice(this.all.length, [], items)
    // A spread would go on the stack.
    for (const item of items) this.all.push(item)
    return this.all.length
  }

  /** Like `Array.prototype.splice`. */
  splice(start: number, deleteCount: number, items: readonly T[]): T[] {
    const from = Math.trunc(start) || 0
    const index = from < 0 ? Math.max(this.all.length + from, 0) : Math.min(from, this.all.length)
    const rest = this.all.splice(index)
    const removed = rest.splice(0, Math.max(deleteCount, 0))
    for (const part of [items, rest]) for (const item of part) this.all.push(item)
    this.#tellSplice(index, removed, items)
    return removed
  }

  pop(): T | undefined {
    if (this.all.length > 0) this.#tellSplice(this.all.length - 1, this.all.slice(-1), [])
    return this.all.pop()
  }

  shift(): T | undefined {
    if (this.all.length > 0) this.#tellSplice(0, this.all.slice(0, 1), [])
    return this.all.shift()
  }

  /** Puts others in the place of all items. */
  replace(items: readonly T[]): void {
    const removed = this.#changes.areWatched ? [...this.all] : []
    this.all.length = 0
    for (const item of items) this.all.push(item)
    this.#tellSplice(0, removed, items)
  }

  #tellSplice(index: number, removed: readonly T[], added: readonly T[]): void {
    if (!this.#changes.areWatched || (removed.length === 0 && added.length === 0)) return
    this.#changes.tell({ type: 'splice', index, removed: [...removed], added: [...added] })
  }
}
