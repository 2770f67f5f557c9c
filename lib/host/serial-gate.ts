import type { ManagerError } from '../errors.ts'
import { serialWaits } from './serial-waits.ts'

/** A call, as the gate sees it. */
export interface Entrant {
  /** Names it where somebody has asked for its id: others can only be made for it then. */
  readonly knownId: string | undefined
  /** The ids of the calls that it is made for. */
  readonly callers: readonly string[]
  /** What messages call it. */
  readonly label: string
}

interface Waiting {
  readonly call: Entrant
  readonly isReadonly: boolean
  readonly enter: () => void
}

/**
 * Lets calls through one at a time in the order of their coming, those that only read side by side. What is called for
 * one that is inside comes in at once: else the two would wait for each other.
 */
export class SerialGate {
  readonly #inside = new Set<Entrant>()
  readonly #waiting = new Set<Waiting>()
  #hasWriter = false

  /**
   * Runs `body` when it may, and counts its call as inside until its result has settled.
   * @throws (as a rejection) ManagerError `DEADLOCK` where the call and others wait for each other; it has not run
   */
  run<T>(call: Entrant, isReadonly: boolean, body: () => T): T | Promise<T> {
    if (!this.#mayEnter(call, isReadonly)) return this.#wait(call, isReadonly).then(() => this.#finish(call, body))
    this.#enter(call, isReadonly)
    return this.#finish(call, body)
  }

  #mayEnter(call: Entrant, isReadonly: boolean): boolean {
    if (this.#inside.size === 0 || this.#isForOneInside(call)) return true
    return isReadonly && !this.#hasWriter && this.#waiting.size === 0
  }

  #isForOneInside({ callers }: Entrant): boolean {
    if (callers.length === 0) return false
    for (const id of this.#idsInside()) if (callers.includes(id)) return true
    return false
  }

  *#idsInside(): Generator<string> {
    for (const { knownId } of this.#inside) if (knownId !== undefined) yield knownId
  }

  #wait(call: Entrant, isReadonly: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        unwatch()
        resolve()
      }
      const waiting = { call, isReadonly, enter }
      const turnAway = (reason: ManagerError): void => {
        unwatch()
        this.#waiting.delete(waiting)
        reject(reason)
        this.#letIn()
      }
      this.#waiting.add(waiting)
      const { label, callers } = call
      const unwatch = serialWaits.watch({ label, callers, turnAway, blockers: () => this.#idsInside() })
    })
  }

  #enter(call: Entrant, isReadonly: boolean): void {
    this.#inside.add(call)
    if (!isReadonly) this.#hasWriter = true
  }

  #finish<T>(call: Entrant, body: () => T): T {
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

  #leave(call: Entrant): void {
    this.#inside.delete(call)
    if (this.#inside.size === 0) this.#hasWriter = false
    this.#letIn()
  }

  /** The next in line, and with a reader all the readers right behind it. */
  #letIn(): void {
    for (const waiting of this.#waiting) {
      const isFree = this.#inside.size === 0 || (waiting.isReadonly && !this.#hasWriter)
      if (!isFree) return
      this.#waiting.delete(waiting)
      this.#enter(waiting.call, waiting.isReadonly)
      waiting.enter()
    }
  }
}
