import { Exposed, ManagerError, Shared, type WaitOptions } from 'referent'
import {
  callToEnd,
  checkWait,
  currentCall,
  deliveryOf,
  isFunction,
  isWhole,
  onAbort,
  type remoteMembers,
  sessionOf,
  timedOut,
  WaitQueue,
} from 'referent/extension'

/**
 * A lock as others write it: an amount of something, such as memory, of which callers have shares. Requests are served in
 * the order of their arrival.
 */
@Shared({ typeid: 'spec.Budget' })
export class Budget {
  /** `use` as proxies have it. */
  declare readonly [remoteMembers]?: { use: Budget['use'] }
  readonly #total: number
  #free: number
  #lost = 0
  readonly #waiters = new WaitQueue<number>()

  constructor(total: number) {
    isWhole(1)('Budget: total', total)
    this.#total = this.#free = total
  }

  /** Resolves when the caller's session has so much more, until that ends. @throws ManagerError `TIMEOUT`, `ABORTED` */
  @Exposed({ timeoutMs: 0 })
  async take(amount: number, options?: WaitOptions): Promise<void> {
    await this.#grant('Budget.take', amount, options)
    const share = new Share(amount, (isLost) => {
      stop()
      this.#giveBack(amount, isLost)
    })
    const stop = onAbort(sessionOf(currentCall()).ended, () => share[Symbol.dispose](true))
    releaseUnlessDelivered(share)
  }

  /** Resolves with a share that is held until its last reference goes. @throws as `take` */
  @Exposed({ timeoutMs: 0 })
  async reserve(amount: number, options?: WaitOptions): Promise<Share> {
    await this.#grant('Budget.reserve', amount, options)
    const share = new Share(amount, (isLost) => this.#giveBack(amount, isLost))
    releaseUnlessDelivered(share)
    return share
  }

  /** Runs the function, to its end, while the caller has so much. @throws as `take`, and what the function throws */
  @Exposed({ timeoutMs: 0 })
  async use<T>(amount: number, fn: () => T | Promise<T>, options?: WaitOptions): Promise<T> {
    isFunction('Budget.use: fn', fn)
    await this.#grant('Budget.use', amount, options)
    try {
      return await callToEnd(fn)
    } finally {
      this.#giveBack(amount, false)
    }
  }

  @Exposed
  get free(): number {
    return this.#free
  }

  @Exposed
  get waiting(): number {
    return this.#waiters.length
  }

  /** How much came back from holders that had died. */
  @Exposed
  get lost(): number {
    return this.#lost
  }

  async #grant(what: string, amount: number, options?: WaitOptions): Promise<void> {
    isWhole(1)(`${what}: amount`, amount)
    if (amount > this.#total) throw new RangeError(`${what}: there is never more than ${this.#total}`)
    checkWait(what, options)
    const turn = this.#waiters.wait(amount, options, () => this.#settle())
    this.#settle()
    if ((await turn) === timedOut) throw new ManagerError('TIMEOUT', `${what}: ${amount} was not free in time`)
  }

  #giveBack(amount: number, isLost: boolean): void {
    this.#free += amount
    if (isLost) this.#lost += amount
    this.#settle()
  }

  #settle(): void {
    for (let next = this.#waiters.first; next !== undefined && next <= this.#free; next = this.#waiters.first) {
      this.#free -= next
      this.#waiters.resolveFirst()
    }
  }
}

/** A part of a budget, until it is released. */
@Shared({ typeid: 'spec.Share', disposeOnRelease: true })
export class Share implements Disposable {
  readonly #amount: number
  #giveBack: ((isLost: boolean) => void) | undefined

  constructor(amount: number, giveBack: (isLost: boolean) => void) {
    this.#amount = amount
    this.#giveBack = giveBack
  }

  @Exposed
  get amount(): number {
    return this.#amount
  }

  @Exposed
  release(): void {
    this[Symbol.dispose]()
  }

  /** @param isAbandoned whether the last process that had it ended with it */
  [Symbol.dispose](isAbandoned = false): void {
    this.#giveBack?.(isAbandoned)
    this.#giveBack = undefined
  }
}

function releaseUnlessDelivered(share: Share): void {
  void deliveryOf(currentCall())?.then((isDelivered) => isDelivered || share.release())
}
