import { Exposed, Shared } from 'referent'
import { collectGarbage } from '../harness/garbage.ts'

/** Collects the garbage of the process that hosts it. */
@Shared()
export class Janitor {
  @Exposed
  sweep(): void {
    collectGarbage()
  }
}
