import type { ManagerError } from '../errors.ts'
import { serialWaitGraph } from './serial-wait-graph.ts'

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
