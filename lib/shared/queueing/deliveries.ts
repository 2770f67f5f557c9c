import { type CallContext, deliveryOf } from '../../call-context.ts'
import type { Custody, Source } from './custody.ts'
import type { Entry } from './queue-entries.ts'

/** Entries come back whose caller didn't get them; those that arrived are the caller's own affair. */
export class Deliveries<T> implements Custody<T> {
  #underway = 0

  handOver(entries: readonly Entry<T>[], call: CallContext | undefined, source: Source<T>): void {
    const arrival = deliveryOf(call)
    if (arrival === undefined) return
    this.#underway++
    void arrival.then((hasArrived) => {
      this.#underway--
      if (hasArrived) source.review()
      else source.giveBack(entries)
    })
  }

  mayReturn(): boolean {
    return this.#underway > 0
  }

  whoGivesWay(): undefined {
    return undefined
  }
}
