import { setTimeout as pause } from 'node:timers/promises'

/** How long anything in a spec may take. Generous: the machine may be busy, and only a failure takes as long. */
export const patienceMs = 15_000

/** Resolves with what `attempt` gives once that is not undefined; rejects when it stays so. */
export async function eventually<T>(what: string, attempt: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const start = Date.now()
  for (;;) {
    const attemptStart = Date.now()
    const found = await attempt()
    if (found !== undefined) return found
    const [waitedMs, attemptMs] = [Date.now() - start, Date.now() - attemptStart]
    if (waitedMs > patienceMs) throw new Error(`not within ${patienceMs} ms: ${what}`)
    // For what sends no event: a process of somebody else's that ends, a file that goes. What takes long to happen or to
    // look for is looked for more rarely: some attempts look at all processes of the machine, or collect garbage.
    await pause(Math.min(Math.max(10, waitedMs / 10, attemptMs * 3), 200))
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
