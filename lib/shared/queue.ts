import { Shipped } from '../decorators/shared.ts'
import { AnyQueue } from './queueing/any-queue.ts'

/** A queue: what was put first comes out first. Python's `queue.Queue`. */
@Shipped({ typeid: 'SharedQueue', iterator: 'nextItem' })
export class SharedQueue<T> extends AnyQueue<T> {
  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    super(maxSize)
  }
}
