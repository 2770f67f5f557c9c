import { setTimeout as pause } from 'node:timers/promises'

/** How long anything in a spec may take. Generous: the machine may be busy, and only a failure takes as long. */
export const patienceMs = 15_000

/** Resolves with what `attempt` gives once that is not undefined; rejects when it stays so. */
export async function eventually<T>(what: string, attempt: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const start = Date.now()
  for (;;) {
    const found = await attempt()
    if (found !== undefined) return found
    const waitedMs = Date.now() - start
    if (waitedMs > patienceMs) throw new Error(`not within ${patienceMs} ms: ${what}`)
    // For what sends no event: a process of somebody else's that ends, a file that goes. What takes long is looked for
    // ever more rarely: some attempts look at all processes of the machine, or collect garbage.
    await pause(Math.min(Math.max(waitedMs / 10, 10), 200))
  }
}

/** Resolves or rejects as the promise does, and rejects when it takes too long. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const settled = new AbortController()
  const late = pause(patienceMs, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`not within ${patienceMs} ms: ${what}`)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    settled.abort()
    late.catch(() => undefined)
  }
}
