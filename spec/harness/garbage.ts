import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A full collection of this process's garbage, in programs that were started without a flag for it too. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}

/**
 * The memory of this process that is in use, in V8's heap and in buffers outside it. Not what the system counts (RSS):
 * that moves by tens of megabytes with how much garbage V8 lets stand.
 */
export function keptBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
