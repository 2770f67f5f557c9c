import { Exposed, Shared } from 'referent'
import { settledBytes } from '../harness/garbage.ts'

/** Tells what its server's process takes. */
@Shared()
export class Busy {
  /** The processor time that the process has used, in milliseconds. */
  @Exposed
  usedMs(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }

  @Exposed
  take(..._values: unknown[]): string {
    return 'taken'
  }

  /** Never answers. */
  @Exposed
  wait(): Promise<never> {
    return new Promise(() => undefined)
  }

  /** The memory that the process uses. */
  @Exposed
  keptBytes(): Promise<number> {
    return settledBytes()
  }

  /** So many records, of 70 bytes or so each. */
  @Exposed
  give(count: number): object[] {
    return Array.from({ length: count }, (_, id) => ({ id, name: `record ${id}`, tags: ['a', 'b', 'c'], ok: true }))
  }
}
