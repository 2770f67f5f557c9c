import { SharedPool, type SharedPoolOptions } from '../pool/shared-pool.ts'
import type { Remote, RemoteArg } from '../proxy/remote.ts'
import { SharedArray } from '../types/array.ts'
import { type BarrierOptions, SharedBarrier } from '../types/barrier.ts'
import { SharedBoundedSemaphore, SharedSemaphore } from '../types/semaphore.ts'
import { SharedCondition } from '../types/condition.ts'
import type { NumberOf, NumbersOf, NumberType } from '../types/containers/numbers.ts'
import { SharedEvent } from '../types/event.ts'
import { SharedJoinableQueue } from '../types/joinable-queue.ts'
import { SharedLifoQueue, SharedPriorityQueue, SharedQueue } from '../types/queue.ts'
import { SharedList } from '../types/list.ts'
import { SharedLock, SharedRLock, SharedRWLock } from '../types/lock.ts'
import type { LockOptions } from '../types/locks/lock-core.ts'
import { SharedMap } from '../types/map.ts'
import { SharedNamespace } from '../types/namespace.ts'
import { SharedSet } from '../types/set.ts'
import { SharedValue } from '../types/value.ts'
import { Manager } from './manager.ts'
import type { ManagerOptions } from './manager-options.ts'

/** A `T`, by which it is inferred, or what a method that takes one takes: a proxy of one. */
type Given<T> = T | RemoteArg<T>

/** What a `SyncManager` creates, each in its server; the same classes can be created by any manager: `create(SharedMap)`. */
export interface SyncCreators {
  /** Python's `list`. */
  List<T>(items?: readonly Given<T>[]): Promise<Remote<SharedList<T>>>
  /** Python's `dict`. */
  Map<K, V>(
    entries?: ReadonlyMap<Given<K>, Given<V>> | readonly (readonly [key: Given<K>, value: Given<V>])[],
  ): Promise<Remote<SharedMap<K, V>>>
  Set<T>(values?: ReadonlySet<Given<T>> | readonly Given<T>[] | Given<SharedSet<T>>): Promise<Remote<SharedSet<T>>>
  /** Numbers of one type: so many zeros, or these. Python's `Array`. */
  Array<N extends NumberType>(
    type: N,
    source: number | readonly NumberOf<N>[] | NumbersOf<N>,
  ): Promise<Remote<SharedArray<N>>>
  /** An object whose properties are read and assigned: Python's `Namespace`. */
  Namespace<T extends object>(properties?: T): Promise<Remote<SharedNamespace<T>>>
  /** Python's `Value`. */
  Value<T>(value: Given<T>): Promise<Remote<SharedValue<T>>>
  /** First in, first out; with a `maxSize`, putting waits for a place. Python's `Queue`. */
  Queue<T>(maxSize?: number): Promise<Remote<SharedQueue<T>>>
  LifoQueue<T>(maxSize?: number): Promise<Remote<SharedLifoQueue<T>>>
  PriorityQueue<T>(maxSize?: number): Promise<Remote<SharedPriorityQueue<T>>>
  /** A queue that knows which of its items are done with. Python's `JoinableQueue`. */
  JoinableQueue<T>(maxSize?: number): Promise<Remote<SharedJoinableQueue<T>>>
  Lock(options?: LockOptions): Promise<Remote<SharedLock>>
  RLock(options?: LockOptions): Promise<Remote<SharedRLock>>
  Semaphore(value?: number, options?: LockOptions): Promise<Remote<SharedSemaphore>>
  BoundedSemaphore(value?: number, options?: LockOptions): Promise<Remote<SharedBoundedSemaphore>>
  /** Many read, or one writes. */
  RWLock(options?: LockOptions): Promise<Remote<SharedRWLock>>
  /** @param lock one of this manager; without it, an `RLock` of its own */
  Condition(lock?: Remote<SharedLock> | Remote<SharedRLock>): Promise<Remote<SharedCondition>>
  Event(): Promise<Remote<SharedEvent>>
  Barrier(parties: number, options?: BarrierOptions): Promise<Remote<SharedBarrier>>
  /** Worker processes that all who have the proxy share. For one program alone there is `new Pool()`. */
  Pool(options?: SharedPoolOptions): Promise<Remote<SharedPool>>
}

type SyncManagerConstructor = Omit<typeof Manager, 'prototype'> &
  (new (options?: ManagerOptions) => Manager & SyncCreators)

const WithCreators: SyncManagerConstructor = Manager.with({
  List: SharedList,
  Map: SharedMap,
  Set: SharedSet,
  Array: SharedArray,
  Namespace: SharedNamespace,
  Value: SharedValue,
  Queue: SharedQueue,
  LifoQueue: SharedLifoQueue,
  PriorityQueue: SharedPriorityQueue,
  JoinableQueue: SharedJoinableQueue,
  Lock: SharedLock,
  RLock: SharedRLock,
  Semaphore: SharedSemaphore,
  BoundedSemaphore: SharedBoundedSemaphore,
  RWLock: SharedRWLock,
  Condition: SharedCondition,
  Event: SharedEvent,
  Barrier: SharedBarrier,
  Pool: SharedPool,
}) as unknown as SyncManagerConstructor

/**
 * A manager with a creator for each ready-made shared type: `await manager.Map()`, `await manager.Lock()`. Python's
 * `multiprocessing.Manager()` is `await SyncManager.start()`.
 */
export class SyncManager extends WithCreators {}
