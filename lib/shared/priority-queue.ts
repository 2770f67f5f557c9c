import { Shipped } from '../decorators/shared.ts'
import { type Check, mustBe } from '../options.ts'
import { AnyQueue } from './queueing/any-queue.ts'

export interface PriorityOptions {
  /** Items of a lower priority come out first; 0 unless given. */
  readonly priority?: number
}

/** The lowest priority comes out first, and of one priority what was put first. Python's `queue.PriorityQueue`. */
@Shipped({ typeid: 'SharedPriorityQueue', iterator: 'nextItem' })
export class SharedPriorityQueue<T> extends AnyQueue<T, PriorityOptions> {
  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    super(maxSize, {}, { priority: isPriority })
  }

  protected override priorityOf({ priority = 0 }: PriorityOptions = {}): number {
    return priority
  }
}

const isPriority: Check = (name, value) => {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw mustBe(name, value, 'a number; the lowest comes out first')
}
