import { longestTimerMs } from '../deadline.ts'
import type { ManagerError } from '../errors.ts'
import { unref } from '../platform/node.ts'
import type { IncomingCall } from '../session/incoming-call.ts'
import { notAmong, Rights } from '../wire/caveats.ts'
import type { TargetId } from '../wire/message.ts'
import { CallIterator } from './call-iterator.ts'
import { dispatch } from './dispatch.ts'
import type { ObjectTable } from './object-table.ts'
import type { Referent } from './referent.ts'

/** What is left of a referent by the caveats of a reference. An answer of the host that stands for it. */
export class Narrowed {
  readonly referent: Referent
  readonly secret: string
  readonly caveats: readonly string[]
  readonly rights: Rights

  /** @throws ManagerError `PROTOCOL` for caveats that aren't understood */
  constructor(referent: Referent, secret: string, caveats: readonly string[]) {
    this.referent = referent
    this.secret = secret
    this.caveats = caveats
    this.rights = new Rights(caveats)
  }
}

/**
 * The right of one session to what is left of a referent, until its time is up. From then on it holds the referent no longer,
 * and what it has running is aborted.
 */
export class NarrowedGrant {
  /** What the session's requests are sent to: an id that nothing else has. */
  readonly id: TargetId
  readonly narrowed: Narrowed
  readonly #table: ObjectTable
  /** Ends what runs, with the reason. */
  readonly #running = new Set<(reason: ManagerError) => void>()
  #timer: NodeJS.Timeout | undefined
  #holds = true

  constructor(table: ObjectTable, narrowed: Narrowed) {
    const { instance, type } = narrowed.referent
    this.id = table.nextId()
    this.narrowed = narrowed
    this.#table = table
    // Again, as it may have been dropped meanwhile.
    table.retain(table.host(instance, type))
    if (narrowed.rights.untilMs !== Infinity) this.#expireInTime()
  }

  get referent(): Referent {
    return this.narrowed.referent
  }

  /** Carries out a request. @throws ManagerError `EXPIRED`, `NOT_EXPOSED`; and as `dispatch` */
  dispatch(call: IncomingCall): unknown {
    this.#refuseExpired()
    this.#refuseRequest(call)
    const outcome = dispatch(this.#table, this.referent, call)
    if (!(outcome instanceof Promise)) return this.#given(call, outcome)
    return new Promise((resolve, reject) => {
      const end = this.#begin((reason) => {
        call.abort(reason)
        // Its turn may come much later.
        if (call.isWaiting) reject(reason)
      })
      const given = outcome.then((result) => this.#given(call, result))
      given.finally(end).then(resolve, reject)
    })
  }

  /** What is pinned while a reference to it travels; undefined when its time is up. */
  get pinnable(): TargetId | undefined {
    return this.#holds ? this.referent.id : undefined
  }

  /** @param isAbandoned whether the session ended without releasing it */
  release(isAbandoned = false): void {
    clearTimeout(this.#timer)
    if (!this.#holds) return
    this.#holds = false
    this.#table.release(this.referent.id, isAbandoned)
  }

  /** Once its time is up, that stays so: the clock may be set back, and the referent be gone. */
  #refuseExpired(): void {
    const { rights } = this.narrowed
    if (rights.isExpired) this.#expire()
    if (!this.#holds) throw rights.expired(this.referent.type.typeid)
  }

  #refuseRequest(call: IncomingCall): void {
    const { request } = call
    switch (request.kind) {
      case 'call':
        return this.#refuseUnless(this.narrowed.rights.allows(request.method), request.method)
      case 'get':
        return this.#refuseUnless(this.narrowed.rights.allows(request.property), request.property)
      case 'assign':
        // Their names are in the body.
        return call.refuseProperties((name) => this.#refuseUnless(this.narrowed.rights.allows(name), name))
      case 'snapshot':
        return this.#refuseUnless(this.narrowed.rights.members === undefined, 'the state')
    }
  }

  #refuseUnless(isAllowed: boolean, name: string): void {
    if (!isAllowed) throw notAmong(this.referent.type.typeid, name)
  }

  /** A referent that returns itself gives what was narrowed. Generators are ended in time. */
  #given(call: IncomingCall, result: unknown): unknown {
    if (result instanceof CallIterator) this.#watch(call, result)
    return result === this.referent.instance ? this.narrowed : result
  }

  #watch(call: IncomingCall, iterator: CallIterator): void {
    const end = this.#begin((reason) => {
      call.abort(reason)
      // Nobody waits for what its `finally` gives; the next item that is asked for rejects with the reason.
      iterator.return(reason).catch(() => undefined)
    })
    void iterator.ended.then(end)
  }

  #begin(abort: (reason: ManagerError) => void): () => void {
    this.#running.add(abort)
    return () => void this.#running.delete(abort)
  }

  #expireInTime(): void {
    const leftMs = this.narrowed.rights.untilMs - Date.now()
    if (leftMs <= 0) return this.#expire()
    // Again: a timer may be too short for it, and the clock may be set.
    this.#timer = unref(setTimeout(() => this.#expireInTime(), Math.min(leftMs, longestTimerMs)))
  }

  #expire(): void {
    const reason = this.narrowed.rights.expired(this.referent.type.typeid)
    for (const abort of this.#running) abort(reason)
    this.#running.clear()
    this.release()
  }
}
