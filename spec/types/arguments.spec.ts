import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  callMethod,
  Manager,
  type Remote,
  SharedBarrier,
  SharedCondition,
  SharedEvent,
  SharedJoinableQueue,
  SharedLock,
  SharedPriorityQueue,
  SharedQueue,
  SharedRWLock,
  SharedSemaphore,
} from 'referent'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

/** As plain JavaScript and habits from Python have them. */
const refused: readonly [type: string, method: string, args: readonly unknown[], error: string, message: RegExp][] = [
  ['lock', 'acquire', [false], 'TypeError', /^the options of SharedLock.acquire are false; .* \{ timeoutMs: 0 \}$/],
  ['lock', 'acquire', [true, 5], 'TypeError', /^the options of SharedLock.acquire are true/],
  ['lock', 'acquire', [{ timeout: 5 }], 'TypeError', /^SharedLock.acquire has no option 'timeout': .*timeoutMs\?$/],
  ['lock', 'acquire', [{ timeoutMs: -1 }], 'RangeError', /^SharedLock.acquire: timeoutMs is -1/],
  ['lock', 'acquire', [null], 'TypeError', /^the options of SharedLock.acquire are null/],
  ['lock', 'hold', [5], 'TypeError', /^the options of SharedLock.hold are 5; .* \{ timeoutMs \}, in milliseconds$/],
  ['lock', 'run', ['fn'], 'TypeError', /^run: fn is 'fn'; it must be a function$/],
  ['lock', 'run', [() => 1, 5], 'TypeError', /^the options of SharedLock.run are 5/],
  ['rwLock', 'acquireRead', [false], 'TypeError', /^the options of SharedRWLock.acquire are false/],
  ['rwLock', 'runWrite', [() => 1, { timeout: 1 }], 'TypeError', /^SharedRWLock.run has no option 'timeout'/],
  ['semaphore', 'acquire', [false], 'TypeError', /^the options of SharedSemaphore.acquire are false/],
  ['semaphore', 'release', ['1'], 'TypeError', /^release: count is '1'; it must be a whole number, 1 or more$/],
  ['semaphore', 'release', [0], 'RangeError', /^release: count is 0/],
  ['event', 'wait', [0.1], 'TypeError', /^the options of SharedEvent.wait are 0.1; .* in milliseconds$/],
  ['event', 'wait', [{ timeoutMs: '5' }], 'TypeError', /^SharedEvent.wait: timeoutMs is '5'/],
  ['barrier', 'wait', [5], 'TypeError', /^the options of SharedBarrier.wait are 5/],
  ['condition', 'wait', [5], 'TypeError', /^the options of SharedCondition.wait are 5/],
  ['condition', 'waitFor', [true], 'TypeError', /^SharedCondition.waitFor: predicate is true; it must be a function$/],
  ['condition', 'waitFor', [() => true, 5], 'TypeError', /^the options of SharedCondition.waitFor are 5/],
  ['condition', 'notify', ['all'], 'TypeError', /^SharedCondition.notify: count is 'all'/],
  ['condition', 'acquire', [false], 'TypeError', /^the options of SharedRLock.acquire are false/],
  ['queue', 'get', [100], 'TypeError', /^the options of queue.get are 100/],
  ['queue', 'get', [true, 5], 'TypeError', /^the options of queue.get are true/],
  ['queue', 'get', [{ timeout: 100 }], 'TypeError', /^queue.get has no option 'timeout': did you mean timeoutMs\?$/],
  ['queue', 'getMany', ['all'], 'TypeError', /^queue.getMany: max is 'all'/],
  ['queue', 'getMany', [1, 5], 'TypeError', /^the options of queue.getMany are 5/],
  ['queue', 'nextItem', [5], 'TypeError', /^the options of queue.get are 5/],
  ['queue', 'put', ['item', false], 'TypeError', /^the options of queue.put are false/],
  ['queue', 'put', ['item', { priority: 1 }], 'TypeError', /^queue.put has no option 'priority'/],
  [
    'queue',
    'putNowait',
    ['item', { timeoutMs: 1 }],
    'TypeError',
    /^queue.putNowait has no option 'timeoutMs': it has none$/,
  ],
  ['queue', 'putMany', ['item'], 'TypeError', /^queue.putMany: items is 'item'; it must be an array$/],
  ['queue', 'putMany', [['item'], 5], 'TypeError', /^the options of queue.putMany are 5/],
  ['priority', 'put', ['item', 5], 'TypeError', /^the options of queue.put are 5/],
  ['priority', 'putNowait', ['item', { prio: 1 }], 'TypeError', /^queue.putNowait has no option 'prio': .*priority\?$/],
  ['tasks', 'getTask', [5], 'TypeError', /^the options of queue.getTask are 5/],
  ['tasks', 'finish', [{ receipt: 1 }], 'TypeError', /^queue.finish: receipt is an object/],
  ['tasks', 'taskDone', ['1'], 'TypeError', /^queue.taskDone: count is '1'/],
  ['tasks', 'join', [5], 'TypeError', /^the options of queue.join are 5/],
]

/** Of constructors. */
const unmade: readonly [
  type: new (...args: never[]) => object,
  args: readonly unknown[],
  error: string,
  message: RegExp,
][] = [
  [SharedLock, ['name'], 'TypeError', /^the options of SharedLock are 'name'; .* \{ name \}$/],
  [SharedLock, [{ name: 1 }], 'TypeError', /^SharedLock: name is 1; it must be a text$/],
  [SharedRWLock, [{ names: 'a' }], 'TypeError', /^SharedRWLock has no option 'names': did you mean name\?$/],
  [SharedSemaphore, ['3'], 'TypeError', /^SharedSemaphore: value is '3'/],
  [SharedSemaphore, [1, 'name'], 'TypeError', /^the options of SharedSemaphore are 'name'/],
  [
    SharedBarrier,
    [2, () => 1],
    'TypeError',
    /^the options of SharedBarrier are a function; .* \{ action, timeoutMs \}$/,
  ],
  [SharedBarrier, [2, { timeout: 1 }], 'TypeError', /^SharedBarrier has no option 'timeout'/],
  [SharedBarrier, [], 'TypeError', /^SharedBarrier: parties is undefined/],
  [SharedQueue, [{ maxSize: 5 }], 'TypeError', /^queue: maxSize is an object/],
]

describe('arguments that locks and queues do not have', { timeout: 60_000 }, () => {
  let manager: Manager
  let objects: Readonly<Record<string, Remote<object>>>

  before(async () => {
    manager = await Manager.start()
    objects = {
      lock: await manager.create(SharedLock),
      rwLock: await manager.create(SharedRWLock),
      semaphore: await manager.create(SharedSemaphore),
      event: await manager.create(SharedEvent),
      barrier: await manager.create(SharedBarrier, 2),
      condition: await manager.create(SharedCondition),
      queue: await manager.create(SharedQueue<string>),
      priority: await manager.create(SharedPriorityQueue<string>),
      tasks: await manager.create(SharedJoinableQueue<string>),
    }
    await (objects['condition'] as Remote<SharedCondition>).acquire()
  })
  after(() => manager.close())

  for (const [name, method, args, error, message] of refused)
    it(`are refused: ${name}.${method}(${args.map(String).join(', ')})`, async () => {
      const called = callMethod(objects[name] as Remote<object>, method, args)
      await assert.rejects(within('the call ends', called), { name: error, message })
    })

  for (const [Class, args, error, message] of unmade)
    it(`are refused: new ${Class.name}(${args.map(String).join(', ')})`, async () => {
      await assert.rejects(manager.create(Class.name, ...args), { name: error, message })
    })

  it('change nothing', async () => {
    const { lock, event, queue, semaphore } = objects
    assert.deepEqual(
      [
        await callMethod(queue as Remote<object>, 'putNowait', ['item']),
        await (queue as Remote<SharedQueue<string>>).size,
        await (lock as Remote<SharedLock>).isLocked,
        await (event as Remote<SharedEvent>).waiting,
        await (semaphore as Remote<SharedSemaphore>).value,
      ],
      [undefined, 1, false, 0, 1],
    )
  })
})
