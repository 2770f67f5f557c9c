import type {
  Remote,
  SharedBarrier,
  SharedBoundedSemaphore,
  SharedCondition,
  SharedEvent,
  SharedHold,
  SharedList,
  SharedLock,
  SharedRLock,
  SharedRWLock,
  SharedSemaphore,
} from 'referent'

/** Where somebody can hold or wait, each by itself. */
export interface Positions {
  readonly acquired: Remote<SharedLock>
  readonly guarded: Remote<SharedLock>
  /** By a guard of somebody else, which waits in the box. */
  readonly passed: Remote<SharedLock>
  readonly box: Remote<SharedList<Remote<SharedHold>>>
  readonly running: Remote<SharedLock>
  readonly awaited: Remote<SharedLock>
  readonly runAwaited: Remote<SharedLock>
  readonly twice: Remote<SharedRLock>
  readonly read: Remote<SharedRWLock>
  readonly written: Remote<SharedRWLock>
  readonly semaphore: Remote<SharedSemaphore>
  readonly bounded: Remote<SharedBoundedSemaphore>
  readonly empty: Remote<SharedSemaphore>
  readonly waited: Remote<SharedCondition>
  readonly notified: Remote<SharedCondition>
  readonly event: Remote<SharedEvent>
  readonly barrier: Remote<SharedBarrier>
  /** Is set when all positions are taken. */
  readonly ready: Remote<SharedEvent>
}

const kept: unknown[] = []

/** Takes all positions, and stays there until it is killed. */
export async function takeAll(at: Positions): Promise<void> {
  const forEver = () => new Promise<never>(() => undefined)
  const isRunning = new Promise<void>((resolve) => {
    void at.running.run(() => {
      resolve()
      return forEver()
    })
  })
  await Promise.all([isRunning, at.acquired.acquire(), at.twice.acquire(), at.twice.acquire()])
  kept.push(await at.guarded.hold(), await at.semaphore.hold(), await at.box.pop())
  await Promise.all([at.read.acquireRead(), at.written.acquireWrite(), at.bounded.acquire()])
  const waits = [
    at.awaited.acquire(),
    at.runAwaited.run(() => undefined),
    at.empty.acquire(),
    at.waited.run(() => at.waited.wait()),
    at.event.wait(),
    at.barrier.wait(),
  ]
  // The notifier: it has told the one who waits, and has the lock that this one needs.
  await at.notified.acquire()
  await at.notified.notify()
  await at.ready.set()
  await Promise.all(waits)
}
