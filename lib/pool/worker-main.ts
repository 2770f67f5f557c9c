import { setImmediate as nextTurn } from 'node:timers/promises'
import { isMainThread, workerData } from 'node:worker_threads'
import { Channel, threadPort } from '../process/channel.ts'
import { importValueModules, marshalThrown, unmarshal } from '../process/marshal.ts'
import { ListPacker, ListReader, type PackedList } from '../process/marshal-list.ts'
import { findTarget } from '../process/target.ts'
import type { ThreadData } from '../process/child.ts'
import type { Initializer, PoolMessage, PoolTarget, WorkerMessage } from './messages.ts'

// The entry of a worker of a pool, a process or a thread: calls functions as it is told to, one call after the other.

type Call = (value: unknown) => unknown

/** How long calls of one message may follow each other before the worker looks whether its pool is still there. */
const lookUpMs = 50
/** After this time, chunks that came together with those that were run are returned. */
const togetherMs = 10

const { referentPort: port } = (isMainThread ? {} : workerData) as Partial<ThreadData>
const pool = new Channel<WorkerMessage, PoolMessage>(port === undefined ? process : threadPort(port))
const functions = new Map<number, Promise<Call>>()
let lookedUpMs = 0

pool.hear((message) => void obey(message))
// The pool is closed, or its program has ended, however it did.
if (port === undefined) process.once('disconnect', () => process.exit())
else port.once('close', () => process.exit())

async function obey(message: PoolMessage): Promise<void> {
  switch (message.kind) {
    case 'begin':
      return begin(message)
    case 'run':
      return run(message)
  }
}

async function begin({ modules, initializer }: PoolMessage & { kind: 'begin' }): Promise<void> {
  try {
    await importValueModules(modules)
    if (initializer !== undefined) await initialize(initializer)
    await tell({ kind: 'ready' })
  } catch (error) {
    await tell({ kind: 'refused', error: marshalThrown(error) })
    process.exit(1)
  }
}

async function initialize({ target, args }: Initializer): Promise<void> {
  const fn = await findTarget(target)
  await fn(...((await unmarshal(args)) as never[]))
}

/** Each chunk is answered before the next one begins, so that the pool knows which one was run when this worker ends. */
async function run({ fn, target, chunks }: PoolMessage & { kind: 'run' }): Promise<void> {
  const call = await functionOf(fn, target)
  const left = [...chunks]
  const returnLeft = (): void => {
    if (left.length > 0) void tell({ kind: 'returned', count: left.splice(0).length })
  }
  // Where the function waits, this is the time to look; where it computes, before the next one.
  const timer = chunks.length > 1 ? setTimeout(returnLeft, togetherMs) : undefined
  const beganMs = performance.now()
  for (let chunk = left.shift(); chunk !== undefined; chunk = left.shift()) {
    const results: PackedList[] = []
    lookedUpMs = performance.now()
    for (const list of chunk) results.push(await callAll(call, list))
    await tell({ kind: 'ran', results })
    if (performance.now() - beganMs > togetherMs) returnLeft()
  }
  clearTimeout(timer)
}

/** Waits for nothing that is there already: most functions are short. */
async function callAll(call: Call, list: PackedList): Promise<PackedList> {
  const values = new ListReader(list)
  const results = new ListPacker()
  while (!values.isAtEnd) {
    try {
      const value = values.next()
      const result = value instanceof Promise ? value.then(call) : call(value)
      results.add(isThenable(result) ? await result : result, 'result')
    } catch (error) {
      results.addError(error)
    }
    if (performance.now() - lookedUpMs < lookUpMs) continue
    await nextTurn()
    lookedUpMs = performance.now()
  }
  return results.list
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** What can't be found is not looked for again, and fails each call: a module that failed to import stays so. */
function functionOf(number: number, target: PoolTarget | undefined): Promise<Call> {
  const known = functions.get(number)
  if (known !== undefined) return known
  const call = find(number, target).catch((error: unknown) => () => {
    throw error
  })
  functions.set(number, call)
  return call
}

async function find(number: number, target: PoolTarget | undefined): Promise<Call> {
  if (target === undefined) throw new Error(`no function ${number}`)
  const fn = await findTarget(target)
  return target.isSpread ? (args) => fn(...(args as never[])) : (value) => fn(value as never)
}

/** Resolves when it is written. What nobody is there to hear is not said. */
async function tell(message: WorkerMessage): Promise<void> {
  await new Promise((sent) => pool.say(message, sent))
}
