import type { ChainId } from '../call-context.ts'

interface Waiting {
  readonly isReadonly: boolean
  readonly chain: ChainId
  readonly enter: () => void
}

/**
 * Lets calls through one at a time in the order of their coming, those that only read side by side. What is called for
 * one that is inside comes in at once: else the two would wait for each other.
 */
export class SerialGate {
  /** The chains of the calls that are inside, each by its own link. */
  readonly #inside = new Set<string>()
  readonly #waiting: Waiting[] = []
  #hasWriter = false
  /** Chains cross processes, so their links must be nobody else's. */
  readonly #id = crypto.randomUUID()
  #lastLink = 0

  /** Names a call: the last in its chain. */
  link(): string {
    return `${this.#id}.${++this.#lastLink}`
  }

  /** Runs `body` when it may, and counts its call as inside until its result has settled. */
  run<T>(chain: ChainId, isReadonly: boolean, body: () => T): T | Promise<T> {
    if (!this.#mayEnter(chain, isReadonly)) {
      return new Promise<void>((enter) => this.#waiting.push({ chain, isReadonly, enter })).then(() =>
        this.#finish(chain, body),
      )
    }
    this.#enter(chain, isReadonly)
    return this.#finish(chain, body)
  }

  #mayEnter(chain: ChainId, isReadonly: boolean): boolean {
    if (this.#inside.size === 0 || this.#isForOneInside(chain)) return true
    return isReadonly && !this.#hasWriter && this.#waiting.length === 0
  }

  #isForOneInside(chain: ChainId): boolean {
    const callers = chain.split(' ').slice(0, -1)
    return callers.some((link) => this.#inside.has(link))
  }

  #enter(chain: ChainId, isReadonly: boolean): void {
    this.#inside.add(ownLink(chain))
    if (!isReadonly) this.#hasWriter = true
  }

  #finish<T>(chain: ChainId, body: () => T): T {
    let result: T
    try {
      result = body()
    } catch (error) {
      this.#leave(chain)
      throw error
    }
    if (!(result instanceof Promise)) {
      this.#leave(chain)
      return result
    }
    const leave = (): void => this.#leave(chain)
    result.then(leave, leave)
    return result
  }

  #leave(chain: ChainId): void {
    this.#inside.delete(ownLink(chain))
    if (this.#inside.size === 0) this.#hasWriter = false
    this.#letIn()
  }

  /** The next in line, and with a reader all the readers right behind it. */
  #letIn(): void {
    for (;;) {
      const [next] = this.#waiting
      const isFree = this.#inside.size === 0 || (next?.isReadonly === true && !this.#hasWriter)
      if (next === undefined || !isFree) return
      this.#waiting.shift()
      this.#enter(next.chain, next.isReadonly)
      next.enter()
    }
  }
}

function ownLink(chain: ChainId): string {
  return chain.slice(chain.lastIndexOf(' ') + 1)
}
