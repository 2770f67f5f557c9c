import { Process, type Remote, type SharedJoinableQueue, type SharedQueue } from 'referent'
import { blockForEver } from '../harness/block.ts'

// What the specs of queues run in children, and what starts them.

/** The queues of a process that is to be killed, one for each of its positions. */
export interface Positions {
  readonly getting: Remote<SharedQueue<string>>
  readonly putting: Remote<SharedQueue<string>>
  readonly taking: Remote<SharedQueue<string>>
  readonly working: Remote<SharedJoinableQueue<string>>
  readonly joining: Remote<SharedJoinableQueue<string>>
  readonly finishing: Remote<SharedJoinableQueue<string>>
  readonly closing: Remote<SharedJoinableQueue<string>>
}

/** Comes into all the positions at once, and stands still. Of `taking`, it has asked for an item, and read no answer. */
export async function takePositions(queues: Positions): Promise<void> {
  const { getting, putting, taking, working, joining, finishing, closing } = queues
  void getting.get()
  void putting.put('of the dead')
  void joining.join()
  await working.get()
  await finishing.getTask()
  await finishing.finish((await finishing.getTask()).receipt)
  await closing.get()
  void closing.nextItem()
  void taking.get()
  // What is asked for is sent by a tick soon after, and nothing is read before the ticks have ended:
  // https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick
  for (let tick = 0; tick < 20; tick++) await new Promise((resolve) => process.nextTick(resolve))
  blockForEver()
}

/** Tells `got` of each item of `plain`, and `worked` of each of `tasks`, which it then says is done. */
export async function consumeBoth(
  plain: Remote<SharedQueue<number>>,
  tasks: Remote<SharedJoinableQueue<number>>,
  got: Remote<SharedQueue<number>>,
  worked: Remote<SharedQueue<number>>,
): Promise<void> {
  await Promise.all([consumePlain(plain, got), consumeTasks(tasks, worked)])
}

async function consumePlain(queue: Remote<SharedQueue<number>>, got: Remote<SharedQueue<number>>): Promise<void> {
  for await (const item of queue) await got.put(item)
}

async function consumeTasks(
  queue: Remote<SharedJoinableQueue<number>>,
  worked: Remote<SharedQueue<number>>,
): Promise<void> {
  for await (const task of queue) {
    await worked.put(task)
    await queue.taskDone()
  }
}

/** As `Process.start`, from here. */
export function start<A extends unknown[]>(fn: (...args: A) => Promise<void>, ...args: A): Process {
  const started = new Process(fn, args)
  started.start()
  return started
}
