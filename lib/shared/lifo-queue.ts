import { Shipped } from '../decorators/shared.ts'
import { AnyQueue } from './queueing/any-queue.ts'

/** A stack: what was put last comes out first. Python's `queue.LifoQueue`. */
@Shipped({ typeid: 'SharedLifoQueue', iterator: 'nextItem' })
export class SharedLifoQueue<T> extends AnyQueue<T> {
  /** @param maxSize how many items putting stops at; 0: never */
  constructor(maxSize: number = 0) {
    super(maxSize, { lifo: true })
  }
}
