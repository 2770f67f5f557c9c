import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/** A full collection of this process's garbage, in programs that were started without a flag for it too. */
export function collectGarbage(): void {
  collect ??= exposedCollect()
  collect()
}

function exposedCollect(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
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

/** Like `keptBytes`, when buffers that were collected are counted no more: they are freed by another thread. */
export async function settledBytes(): Promise<number> {
  collectGarbage()
  await turn()
  return keptBytes()
}
