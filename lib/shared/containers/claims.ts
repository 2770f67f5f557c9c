import { setOf } from '../../spread.ts'

/** All keys there are, and those to come. */
export const everything: unique symbol = Symbol('everything')

/** What somebody claims for a while. */
export type Keys<K> = readonly K[] | typeof everything

/** Where a claim stands in a row of claims. */
interface Place<K, C> {
  readonly claim: Claim<K, C>
  readonly row: Row<K, C>
  previous: Place<K, C> | undefined
  next: Place<K, C> | undefined
}

interface Claim<K, C> {
  readonly claimant: C
  /** The higher, the later it came. */
  readonly number: number
  /** In the rows of its keys, or of those who claim everything. */
  readonly places: Place<K, C>[]
  /** In how many of these somebody stands before it. */
  behind: number
}

/** Claims in the order of their coming. */
class Row<K, C> {
  readonly key: K | undefined
  first: Place<K, C> | undefined
  #last: Place<K, C> | undefined

  constructor(key?: K) {
    this.key = key
  }

  add(claim: Claim<K, C>): Place<K, C> {
    const place: Place<K, C> = { claim, row: this, previous: this.#last, next: undefined }
    if (this.#last === undefined) this.first = place
    else this.#last.next = place
    return (this.#last = place)
  }

  remove({ previous, next }: Place<K, C>): void {
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
  }
}

/**
 * Who claims which keys, in the order of their coming. To come and to go costs as much as a claim has keys, however many
 * others there are.
 */
export class Claims<K, C extends { readonly keys: Keys<K> }> {
  readonly #all = new Row<K, C>()
  readonly #ofEverything = new Row<K, C>()
  readonly #ofKeys = new Map<K, Row<K, C>>()
  /** Where each stands among all. */
  readonly #places = new Map<C, Place<K, C>>()
  #count = 0

  /** Whether nobody claims any of these. */
  isFree(keys: Keys<K>): boolean {
    if (this.#ofEverything.first !== undefined) return false
    return keys === everything ? this.#all.first === undefined : keys.every((key) => !this.#ofKeys.has(key))
  }

  /** Whether its turn has come: nobody who came before claims one of its keys. */
  add(claimant: C): boolean {
    const { keys } = claimant
    const claim: Claim<K, C> = { claimant, number: ++this.#count, places: [], behind: 0 }
    const rows = keys === everything ? [this.#ofEverything] : [...setOf(keys)].map((key) => this.#rowOf(key))
    for (const row of rows) claim.places.push(row.add(claim))
    claim.behind = claim.places.filter(({ previous }) => previous !== undefined).length
    const place = this.#all.add(claim)
    this.#places.set(claimant, place)
    return this.#hasCome(place)
  }

  /** Gives those whose turn comes by that; some of them may have had it before. */
  delete(claimant: C): readonly C[] {
    const place = this.#places.get(claimant)
    if (place === undefined) return []
    const next = this.#nextAfter(place)
    this.#places.delete(claimant)
    this.#all.remove(place)
    for (const each of place.claim.places) this.#leave(each)
    if (this.#all.first !== undefined) next.push(this.#all.first)
    return next
      .filter((each) => this.#hasCome(each))
      .toSorted((one, other) => one.claim.number - other.claim.number)
      .map(({ claim }) => claim.claimant)
  }

  /** Those whose turn can't come before that of this one, which has come, is over. */
  heldUpBy(claimant: C): readonly C[] {
    const place = this.#places.get(claimant)
    if (place === undefined) return []
    const found = new Set([place.claim])
    for (const claim of found)
      for (const { next } of claim.places) if (next !== undefined && !isOfEverything(claim)) found.add(next.claim)
    const whole = isOfEverything(place.claim) ? place : this.#among(this.#ofEverything.first)
    for (let each = whole; each !== undefined; each = each.next) found.add(each.claim)
    found.delete(place.claim)
    return [...found].map((claim) => claim.claimant)
  }

  /** Those who may have waited for this one alone, by their places among all. */
  #nextAfter(place: Place<K, C>): Place<K, C>[] {
    const { claim } = place
    if (!isOfEverything(claim)) return claim.places.flatMap(({ next }) => this.#among(next) ?? [])
    const next: Place<K, C>[] = []
    if (this.#ofEverything.first?.claim !== claim) return next
    for (let each = place.next; each !== undefined; each = each.next) {
      next.push(each)
      if (isOfEverything(each.claim)) break
    }
    return next
  }

  #hasCome({ claim, previous }: Place<K, C>): boolean {
    if (isOfEverything(claim)) return previous === undefined
    const whole = this.#ofEverything.first?.claim
    return claim.behind === 0 && (whole === undefined || whole.number > claim.number)
  }

  #leave(place: Place<K, C>): void {
    const { row, previous, next } = place
    row.remove(place)
    if (previous === undefined && next !== undefined) next.claim.behind--
    if (row.first === undefined && row !== this.#ofEverything) this.#ofKeys.delete(row.key as K)
  }

  #rowOf(key: K): Row<K, C> {
    const row = this.#ofKeys.get(key) ?? new Row<K, C>(key)
    this.#ofKeys.set(key, row)
    return row
  }

  #among(place: Place<K, C> | undefined): Place<K, C> | undefined {
    return place && this.#places.get(place.claim.claimant)
  }
}

function isOfEverything({ claimant }: Claim<unknown, { readonly keys: Keys<unknown> }>): boolean {
  return claimant.keys === everything
}
