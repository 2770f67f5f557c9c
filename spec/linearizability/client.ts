import { join } from 'node:path'
import { Process, type Remote, type SharedLock, type SharedMap, type SharedQueue } from 'referent'
import { Random } from '../references/chaos/random.ts'
import { lockSubject } from './lock-subject.ts'
import { Log } from './log.ts'
import { mapSubject } from './map-subject.ts'
import { queueSubject } from './queue-subject.ts'
import type { Subject } from './subject.ts'

export interface Objects {
  readonly queue: Remote<SharedQueue<string>>
  readonly map: Remote<SharedMap<string, number>>
  readonly lock: Remote<SharedLock>
  /** Says who has come, and lets them all begin at once. */
  readonly ready: Remote<SharedQueue<number>>
  readonly start: Remote<SharedQueue<string>>
}

export interface Part {
  readonly seed: number
  readonly process: number
  readonly folder: string
  /** How many calls of each object. */
  readonly calls: number
}

export function startClient(part: Part, objects: Objects): Process {
  const started = new Process(takePart, [part, objects])
  started.start()
  return started
}

/** Uses all objects at once, and each by one call after the other. */
export async function takePart(part: Part, { queue, map, lock, ready, start }: Objects): Promise<void> {
  await ready.put(part.process)
  await start.get()
  await Promise.all([
    use(queueSubject, queue, 'queue', part),
    use(mapSubject, map, 'map', part),
    use(lockSubject, lock, 'lock', part),
  ])
}

async function use<P, R, O>(
  subject: Subject<P, R, O>,
  proxy: P,
  name: string,
  { seed, process, folder, calls }: Part,
): Promise<void> {
  using log = new Log(logOf(folder, process, name))
  const requests = subject.requests(new Random(seed + process), process)
  let next = requests.next()
  for (let count = 0; count < calls && next.done !== true; count++) {
    log.called(next.value)
    const outcome = await subject.perform(proxy, next.value)
    log.returned(outcome)
    next = requests.next(outcome)
  }
}

export function logOf(folder: string, process: number, name: string): string {
  return join(folder, `${process}.${name}`)
}
