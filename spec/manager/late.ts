import { Exposed, Shared } from 'referent'

/** Imported by its specs when their servers run already. */
@Shared()
export class Late {
  @Exposed
  pid(): number {
    return process.pid
  }
}
