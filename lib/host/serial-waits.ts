import { ManagerError } from '../errors.ts'

/** How long calls of serial objects must wait for each other before one of them is told so. */
const standingMs = 1000

/** Circles are short: where there is more to look at, none is looked for, so that a wait never costs much. */
const mostSteps = 100

/** A call that waits for its turn with a serial object. */
interface SerialWait {
  /** What messages call it. */
  readonly label: string
  /** The ids of the calls that it is made for: they wait for it, unless they don't await what they called. */
  readonly callers: readonly string[]
  /** The ids of the calls whose end it waits for. */
  blockers(): Iterable<string>
  /** Ends the wait. */
  turnAway(error: ManagerError): void
}

interface Watch {
  readonly wait: SerialWait
  readonly sinceMs: number
}

/** Finds calls of serial objects that wait for each other, each in a call of its own. */
class SerialWaits {
  readonly #byCaller = new Map<string, Set<Watch>>()

  /** Turns the call away when it has been in such a circle for a second. Returns what ends that. */
  watch(wait: SerialWait): () => void {
    // Nobody waits for a call that is made for none.
    if (wait.callers.length === 0) return () => undefined
    const watch = { wait, sinceMs: performance.now() }
    for (const id of wait.callers) {
      const made = this.#byCaller.get(id)
      if (made === undefined) this.#byCaller.set(id, new Set([watch]))
      else made.add(watch)
    }
    const timer = setTimeout(() => this.#check(watch), standingMs).unref()
    return () => {
      clearTimeout(timer)
      this.#end(watch)
    }
  }

  /** The wait that closed a circle is the last one to have stood for so long. */
  #check(watch: Watch): void {
    const circle = this.#circleOf(watch)
    if (circle !== undefined) watch.wait.turnAway(deadlock(circle))
  }

  /** The waits that hold this one up, and that it holds up itself: the shortest such circle. */
  #circleOf(closing: Watch): readonly SerialWait[] | undefined {
    const cameFrom = new Map<Watch, Watch>()
    const reached = [closing]
    let steps = 0
    for (const watch of reached) {
      for (const id of watch.wait.blockers()) {
        for (const next of this.#byCaller.get(id) ?? []) {
          if (++steps > mostSteps) return undefined
          if (next === closing) return pathTo(watch, cameFrom)
          if (next.sinceMs > closing.sinceMs || cameFrom.has(next)) continue
          cameFrom.set(next, watch)
          reached.push(next)
        }
        if (++steps > mostSteps) return undefined
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

/** Of this process: those who wait for each other may do so at objects of several managers. */
export const serialWaits: SerialWaits = new SerialWaits()

function pathTo(last: Watch, cameFrom: ReadonlyMap<Watch, Watch>): SerialWait[] {
  const path = [last.wait]
  for (let watch = cameFrom.get(last); watch !== undefined; watch = cameFrom.get(watch)) path.unshift(watch.wait)
  return path
}

function deadlock(circle: readonly SerialWait[]): ManagerError {
  const calls = circle.map(({ label }) => label).join(', ')
  const why = `each of these calls has waited for ${standingMs} ms for its turn with a serial object, until a call ends that waits for another of them: ${calls}`
  const fix =
    'The one that came last was ended, and has not run; the others go on. Have calls between serial objects go one way only'
  return new ManagerError('DEADLOCK', `${why}. ${fix}`)
}
