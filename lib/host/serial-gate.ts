import { ManagerError } from '../errors.ts'
import { unref } from '../platform/node.ts'

/** What the gate must know of a call. */
export interface GatedCall {
  /** Its id, once somebody has asked for that: calls that are made for it name it. */
  readonly knownId: string | undefined
  /** The ids of the calls that it is made for. */
  readonly callers: readonly string[]
  /** Its name in error messages. */
  readonly label: string
}

interface Waiting {
  readonly call: GatedCall
  readonly isReadonly: boolean
  readonly enter: () => void
}

/**
 * Runs the calls of a serial referent one at a time in the order of their arrival, readonly ones side by side. A call
 * that is made for a running one runs at once: otherwise the two would wait for each other.
 */
export class SerialGate {
  readonly #running = new Set<GatedCall>()
  readonly #waiting = new Set<Waiting>()
  #hasWriter = false

  /** How many calls wait for their turn. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Runs `body` when its turn comes; the next one waits until its result has settled.
   * @throws (as a rejection) ManagerError `DEADLOCK` where the call and others wait for each other: it has not run
   */
  run<T>(call: GatedCall, isReadonly: boolean, body: () => T): T | Promise<T> {
    if (!this.#canEnter(call, isReadonly)) return this.#wait(call, isReadonly).then(() => this.#finish(call, body))
    this.#enter(call, isReadonly)
    return this.#finish(call, body)
  }

  #canEnter(call: GatedCall, isReadonly: boolean): boolean {
    if (this.#running.size === 0 || this.#isForRunning(call)) return true
    return isReadonly && !this.#hasWriter && this.#waiting.size === 0
  }

  #isForRunning({ callers }: GatedCall): boolean {
    if (callers.length === 0) return false
    for (const id of this.#runningIds()) if (callers.includes(id)) return true
    return false
  }

  *#runningIds(): Generator<string> {
    for (const { knownId } of this.#running) if (knownId !== undefined) yield knownId
  }

  #wait(call: GatedCall, isReadonly: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        unwatch()
        resolve()
      }
      const waiting = { call, isReadonly, enter }
      const leaveLine = (reason: ManagerError): void => {
        unwatch()
        this.#waiting.delete(waiting)
        reject(reason)
        this.#admit()
      }
      this.#waiting.add(waiting)
      const { label, callers } = call
      const unwatch = serialWaitGraph.watch({
        label,
        callers,
        reject: leaveLine,
        blockers: () => this.#runningIds(),
      })
    })
  }

  #enter(call: GatedCall, isReadonly: boolean): void {
    this.#running.add(call)
    if (!isReadonly) this.#hasWriter = true
  }

  #finish<T>(call: GatedCall, body: () => T): T {
    let result: T
    try {
      result = body()
    } catch (error) {
      this.#leave(call)
      throw error
    }
    if (!(result instanceof Promise)) {
      this.#leave(call)
      return result
    }
    const leave = (): void => this.#leave(call)
    result.then(leave, leave)
    return result
  }

  #leave(call: GatedCall): void {
    this.#running.delete(call)
    if (this.#running.size === 0) this.#hasWriter = false
    this.#admit()
  }

  /** The next one in line, and with a readonly one all readonly ones right behind it. */
  #admit(): void {
    for (const waiting of this.#waiting) {
      const isFree = this.#running.size === 0 || (waiting.isReadonly && !this.#hasWriter)
      if (!isFree) return
      this.#waiting.delete(waiting)
      this.#enter(waiting.call, waiting.isReadonly)
      waiting.enter()
    }
  }
}

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
    const timer = unref(setTimeout(() => this.#check(watch), minWaitMs))
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
const serialWaitGraph = new SerialWaitGraph()

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
