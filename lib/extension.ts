/**
 * What the ready-made types are written with, so that others can write locks, queues and containers of their own. All that
 * `lib/types` knows of the rest comes by this module, and all that `lib/pool` does, but for what starts processes.
 *
 * @module referent/extension
 */

// Sharing a class.
export { Exposed } from './decorators/exposed.ts'
export { isOpenName, type MemberOptions } from './decorators/member.ts'
export { Shared, type SharedOptions } from './decorators/shared.ts'
export { callSite } from './call-site.ts'
export type { RemoteArg, RemoteArgs, remoteMembers, RemoteValue } from './proxy/remote.ts'

// The call that runs, its session, and what becomes of its answer.
export {
  captureContext,
  type CurrentCall,
  currentCall,
  deliveryOf,
  runOutsideCalls,
  type SessionPeer,
  sessionOf,
} from './call-context.ts'
export { callToEnd, isProxy } from './proxy/operations.ts'

// What `manager.inspect()` shows.
export { type Held, type Holder, holdersOf, type State, type Stateful, stateOf } from './inspected.ts'

// Waiting.
export { onAbort } from './abort.ts'
export { withTimeLimit } from './deadline.ts'
export { LinkedList, type ListNode } from './linked-list.ts'
export { checkWait, timedOut, waitChecks, type WaitOptions, WaitQueue } from './wait-queue.ts'

// Errors, and arguments that are refused.
export { type Delivery, isManagerError, ManagerError, type ManagerErrorCode } from './errors.ts'
export { refuseWhileImporting } from './main-module.ts'
export {
  assertOptions,
  type Check,
  type Checks,
  isAnything,
  isArray,
  isBoolean,
  isFunction,
  isListOf,
  isNumber,
  isText,
  isTime,
  isWhole,
  mustBe,
  shown,
} from './options.ts'

// Values and keys that come from others.
export { classOfPrototype, type CopiedClass } from './codec/classes.ts'
export { type Removal, remove } from './codec/removal.ts'
export { refuseCrowded, setOf, Spread } from './spread.ts'
