/**
 * Shared classes and their managers, proxies, processes and pools of them, and the ready-made types.
 *
 * @module referent
 */

export { AuthKey } from './auth/authkey.ts'
export { type CurrentCall, currentCall, type SessionPeer } from './call-context.ts'
export {
  type CustomTransformer,
  registerClass,
  type RegisterClassOptions,
  registerCustom,
  type RegisterCustomOptions,
} from './codec/classes.ts'
export { type Removal, remove } from './codec/removal.ts'
export type { Serializer } from './codec/codec.ts'
export type { ArgumentsSchema, StandardSchema } from './decorators/arguments-schema.ts'
export { Exposed } from './decorators/exposed.ts'
export type { ExposedChoice } from './decorators/registration.ts'
export type { Concurrency, HostingOptions } from './decorators/hosting-options.ts'
export type { MemberOptions } from './decorators/member.ts'
export { Shared, type SharedOptions } from './decorators/shared.ts'
export { type Delivery, isManagerError, ManagerError, type ManagerErrorCode } from './errors.ts'
export type { Inspector } from './inspector/inspector.ts'
export type { InspectorOptions } from './inspector/inspector-options.ts'
export { isMain } from './main-module.ts'
export { Manager, type ManagerWith } from './manager/manager.ts'
export { type SyncCreators, SyncManager } from './manager/sync-manager.ts'
export type { ServerHost } from './manager/server-runtime.ts'
export type { RestartPolicy } from './manager/supervisor.ts'
export type { ManagerEvents } from './manager/manager-events.ts'
export type {
  AuthKeyInput,
  ConnectOptions,
  CreateOptions,
  ManagerOptions,
  StartOptions,
} from './manager/manager-options.ts'
export type { Inspection } from './manager/inspection.ts'
export { Pool } from './pool/pool.ts'
export type { ImapOptions, MapOptions, PoolOptions, PoolResult, Settled, TaskOptions } from './pool/pool-options.ts'
export type { PendingMap, Progress } from './pool/progress.ts'
export { Process, type ProcessOptions } from './process/process.ts'
export type { NamedTarget } from './process/target.ts'
export { SharedPool, type SharedPoolOptions } from './pool/shared-pool.ts'
export type { CopiedClasses, Creators, Remote, RemoteArg, RemoteArgs, RemoteValue } from './proxy/remote.ts'
export {
  assign,
  attach,
  callMethod,
  isProxy,
  lostSignal,
  refOf,
  release,
  sameReferent,
  snapshot,
  typeidOf,
  withOptions,
} from './proxy/operations.ts'
export type { ReferenceOptions } from './proxy/narrowing.ts'
export type { Reference } from './proxy/reference.ts'
export type { Factory, RegisterOptions } from './registry.ts'
export type { CallFilter, CallRecord, CallRecords, WatchCallsOptions } from './server/call-record.ts'
export type {
  HolderInspection,
  InspectOptions,
  LoadInspection,
  MemberInspection,
  NamedReferent,
  PendingCall,
  PendingInspection,
  ReferentDetail,
  ReferentInspection,
  ServerChoice,
  ServerInspection,
  ServerTotals,
  SessionDetail,
  SessionInspection,
  StreamInspection,
} from './server/inspection.ts'
export type { HeartbeatOptions, SessionOptions } from './session/session-options.ts'
export type { SessionEvent, UnhandledFailure } from './session-events.ts'
export type { CallOptions } from './session/wait.ts'
export { type ArrayChange, SharedArray } from './types/array.ts'
export { type BarrierOptions, SharedBarrier } from './types/barrier.ts'
export { SharedBoundedSemaphore, SharedSemaphore } from './types/semaphore.ts'
export { SharedCondition } from './types/condition.ts'
export type { WatchOptions } from './types/containers/changes.ts'
export type { ListChange } from './types/containers/list-items.ts'
export { type MapChange, SharedMap } from './types/map.ts'
export type { NumberType } from './types/containers/numbers.ts'
export { SharedEvent } from './types/event.ts'
export { type HoldInfo, SharedHold } from './types/hold.ts'
export { type QueueTask, SharedJoinableQueue } from './types/joinable-queue.ts'
export {
  type AnyQueue,
  type PriorityOptions,
  SharedLifoQueue,
  SharedPriorityQueue,
  SharedQueue,
} from './types/queue.ts'
export { SharedList } from './types/list.ts'
export { type Lockable as AnyLock, SharedLock, SharedRLock, SharedRWLock } from './types/lock.ts'
export type { LockOptions } from './types/locks/lock-core.ts'
export { SharedNamespace } from './types/namespace.ts'
export { type SetChange, SharedSet, type SetSource } from './types/set.ts'
export { SharedValue, type ValueChange } from './types/value.ts'
export type { TracedCall } from './tracing.ts'
export type { DialingOptions, NetworkOptions, TlsOptions } from './transport/network-options.ts'
export type { WaitOptions } from './wait-queue.ts'
