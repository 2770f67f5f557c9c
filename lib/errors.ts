/**
 * What went wrong, as a stable string. The message says it in words and names the fix.
 *
 * | code | meaning |
 * |---|---|
 * | `NOT_EXPOSED` | the member exists or not, but remote calls may not reach it |
 * | `BAD_ARGUMENTS` | the schema of a method or a class refuses the arguments, or fails: its `cause` is what the schema threw |
 * | `UNKNOWN_TYPEID` | no class is registered under that typeid, or that class is not registered |
 * | `DUPLICATE_TYPEID` | two classes claim one typeid |
 * | `NOTHING_EXPOSED` | a shared class exposes no member, or names one that doesn't exist |
 * | `MODULE_FAILED` | a module can't be imported in the server, or doesn't register the class there |
 * | `NOT_GUARDED` | a manager or process was started by a module that a child is importing |
 * | `NOT_EXPORTED` | a target function can't be found among the exports of its module |
 * | `NOT_STARTED` / `ALREADY_STARTED` | the manager or process isn't in the state the call needs |
 * | `START_FAILED` | the server process ended or stayed silent before it was ready; a pool's workers can't start |
 * | `REFERENT_GONE` | no such referent, or no longer, or never granted to this session |
 * | `UNKNOWN_NAME` | no referent has that name |
 * | `NAME_TAKEN` | the name is that of a referent of another typeid |
 * | `RELEASED` | the proxy was released by its own holder |
 * | `SESSION_LOST` | the connection ended before the call did; where the server process crashed, the cause says by what |
 * | `OVERLOADED` | there are as many already as may be: of calls, bytes or references of a session, or of sessions |
 * | `SHUTTING_DOWN` | the server, or the pool, is ending: it takes no new calls (`not-sent`), or this one didn't end in time (`unknown`) |
 * | `TIMEOUT` / `ABORTED` | the call's time was up, or its signal aborted it |
 * | `CONNECT_FAILED` | nothing answers at that address |
 * | `AUTH_FAILED` | one side doesn't know the key |
 * | `EXPIRED` | the reference was good for a time, and that is over |
 * | `FORBIDDEN` | the session's credential doesn't allow this operation |
 * | `PROTOCOL` | the peer broke the protocol, or speaks another version |
 * | `FRAME_TOO_LARGE` | a message is longer than `maxFrameBytes` or `maxTextBytes`, or of more parts than a peer takes |
 * | `UNSERIALIZABLE` | a value can't cross unchanged; the message holds its path |
 * | `BAD_REFERENCE` | a text that isn't a reference |
 * | `NOT_HELD` | a lock, permit or task is given back that the caller doesn't have |
 * | `DEADLOCK` | functions that hold locks, or calls of serial objects, wait for each other |
 * | `QUEUE_FULL` / `QUEUE_EMPTY` / `QUEUE_CLOSED` | there is no place in the queue, no item, or no end to wait for |
 * | `BARRIER_BROKEN` | a party of the barrier gave up, or aborted it |
 * | `WORKER_LOST` | a worker process of a pool ended while it ran the task |
 */
export type ManagerErrorCode =
  | 'NOT_EXPOSED'
  | 'BAD_ARGUMENTS'
  | 'UNKNOWN_TYPEID'
  | 'DUPLICATE_TYPEID'
  | 'NOTHING_EXPOSED'
  | 'MODULE_FAILED'
  | 'NOT_GUARDED'
  | 'NOT_EXPORTED'
  | 'NOT_STARTED'
  | 'ALREADY_STARTED'
  | 'START_FAILED'
  | 'REFERENT_GONE'
  | 'UNKNOWN_NAME'
  | 'NAME_TAKEN'
  | 'RELEASED'
  | 'SESSION_LOST'
  | 'OVERLOADED'
  | 'SHUTTING_DOWN'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'CONNECT_FAILED'
  | 'AUTH_FAILED'
  | 'EXPIRED'
  | 'FORBIDDEN'
  | 'PROTOCOL'
  | 'FRAME_TOO_LARGE'
  | 'UNSERIALIZABLE'
  | 'BAD_REFERENCE'
  | 'NOT_HELD'
  | 'DEADLOCK'
  | 'QUEUE_FULL'
  | 'QUEUE_EMPTY'
  | 'QUEUE_CLOSED'
  | 'BARRIER_BROKEN'
  | 'WORKER_LOST'

/**
 * Whether a failed call may have run. `not-sent`: it has not; it never left this process, or was turned away before it ran.
 * `unknown`: it left, and no answer came. `done`: the other side answered, with this error. What a method throws of its
 * own classes says nothing of it: it is always an answer.
 */
export type Delivery = 'not-sent' | 'unknown' | 'done'

const brand = Symbol.for('referent.ManagerError')

/**
 * The one error class of this package, whichever of its copies an error is of. What a referent itself throws keeps its
 * own class instead.
 */
export class ManagerError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === ManagerError ? isManagerError(value) : Function.prototype[Symbol.hasInstance].call(this, value)
  }

  override readonly name = 'ManagerError'
  readonly code: ManagerErrorCode
  /** Set on errors of calls; absent elsewhere. */
  declare readonly delivery?: Delivery

  constructor(code: ManagerErrorCode, message: string, options: { cause?: unknown; delivery?: Delivery } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    if (options.delivery !== undefined) this.delivery = options.delivery
    Object.defineProperty(this, brand, { value: true })
  }
}

/** True for a `ManagerError`; with `code`, only for that code. */
export function isManagerError(error: unknown, code?: ManagerErrorCode): error is ManagerError {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false
  return code === undefined || ('code' in error && error.code === code)
}

/** Whether a call was never sent, as its session was lost before. */
export function isLostUnsent(error: unknown): boolean {
  return isManagerError(error, 'SESSION_LOST') && error.delivery === 'not-sent'
}
