import { ManagerError } from '../errors.ts'

/** How long calls of serial objects must wait for each other before one of them is rejected. */
const minWaitMs = 1000

/** A search for a cycle ends after so many steps, to bound its cost: real cycles are short. */
const maxSteps = 100

/** A call that waits for its turn with a serial object. */
interface SerialWait {
  /** Its name in error messages. */
  readonly label: string
  /** The ids of the calls that it is made for, which are taken to wait for it. */
  readonly callers: readonly string[]
  /** The ids of the calls that must end before its turn. */
  blockers(): Iterable<string>
  reject(error: ManagerError): void
}

interface Watch {
  readonly wait: SerialWait
  readonly sinceMs: number
}

/** The wait-for graph of calls of serial objects: finds deadlocks. */
class SerialWaitGraph {
  readonly #byCaller = new Map<string, Set<Watch>>()

  /** Rejects the call when it has been in a cycle for a second. Returns a function that ends the watch. */
  watch(wait: SerialWait): () => void {
    // No other call waits for one that is made for none.
    if (wait.callers.length === 0) return () => undefined
    const watch = { wait, sinceMs: performance.now() }
    for (const id of wait.callers) {
      const made = this.#byCaller.get(id)
      if (made === undefined) this.#byCaller.set(id, new Set([watch]))
      else made.add(watch)
    }
    const timer = setTimeout(() => this.#check(watch), minWaitMs).unref()
    return () => {
      clearTimeout(timer)
      this.#end(watch)
    }
  }

  /** The wait that closed a cycle is the last one of it to reach its time: that one is rejected. */
  #check(watch: Watch): void {
    const cycle = this.#cycleOf(watch)
    if (cycle !== undefined) watch.wait.reject(deadlock(cycle))
  }

  /** The waits of the shortest cycle through this one. */
  #cycleOf(closing: Watch): readonly SerialWait[] | undefined {
    const cameFrom = new Map<Watch, Watch>()
    const reached = [closing]
    let steps = 0
    for (const watch of reached) {
      for (const id of watch.wait.blockers()) {
        for (const next of this.#byCaller.get(id) ?? []) {
          if (++steps > maxSteps) return undefined
          if (next === closing) return pathTo(watch, cameFrom)
          if (next.sinceMs > closing.sinceMs || cameFrom.has(next)) continue
          cameFrom.set(next, watch)
          reached.push(next)
        }
        if (++steps > maxSteps) return undefined
      }
    }
    return undefined
  }

  #end(watch: Watch): void {
    for (const id of watch.wait.callers) {
      const made = this.#byCaller.get(id)
      made?.delete(watch)
      if (made?.size === 0) this.#byCaller.delete(id)
    }
  }
}

/** One for the process: calls may wait for each other at objects of several managers. */
export const serialWaitGraph: SerialWaitGraph = new SerialWaitGraph()

function pathTo(last: Watch, cameFrom: ReadonlyMap<Watch, Watch>): SerialWait[] {
  const path = [last.wait]
  for (let watch = cameFrom.get(last); watch !== undefined; watch = cameFrom.get(watch)) path.unshift(watch.wait)
  return path
}

function deadlock(cycle: readonly SerialWait[]): ManagerError {
  const calls = cycle.map(({ label }) => label).join(', ')
  const why = `each of these calls has waited for ${minWaitMs} ms for its turn with a serial object, until a call ends that waits for another of them: ${calls}`
  const fix =
    'The one that came last was ended, and has not run; the others go on. Have calls between serial objects go one way only'
  return new ManagerError('DEADLOCK', `${why}. ${fix}`)
}
