import { Socket } from 'node:net'
// The global one is looked up anew by a getter, which takes as long as the clock itself.
import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isMainThread, workerData } from 'node:worker_threads'
import { lineDescriptor, type ThreadData } from '../process/child.ts'
import { type Line, PortLine, SocketLine } from '../process/line.ts'
import { importValueModules } from '../process/marshal.ts'
import { ListPacker, ListReader, type PackedList } from '../process/marshal-list.ts'
import { findTarget, type Target } from '../process/target.ts'
import type { Begin, PoolMessage, PoolTarget, Run, Start, WorkerMessage } from './messages.ts'

// The entry of a worker of a pool, a process or a thread: calls functions as it is told to, one call after the other.

type Call = (value: unknown) => unknown

/** How long calls of one message may follow each other before the worker looks whether its pool is still there. */
const lookUpMs = 50
/** After this time, chunks that came together with those that were run are returned. */
const togetherMs = 10

const { referentPort: port } = (isMainThread ? {} : workerData) as Partial<ThreadData>
const pool: Line<WorkerMessage, PoolMessage> = port === undefined ? new SocketLine(inherited()) : new PortLine(port)
const functions = new Map<number, Promise<Call>>()
let lookedUpMs = 0

// It is closed with the pool, and where its program has ended, however it did.
pool.hear(
  (message) => void obey(message),
  () => process.exit(),
)

/** What `spawnChild` gives a process. */
function inherited(): Socket {
  // To say something waits until all of it has left: what is in this process ends with it.
  const options = { fd: lineDescriptor, readable: true, writable: true, writableHighWaterMark: 1 }
  return new Socket(options)
}

async function obey(message: PoolMessage): Promise<void> {
  switch (message[0]) {
    case 'begin':
      return begin(message)
    case 'run':
      return run(message)
  }
}

async function begin([, start, args]: Begin): Promise<void> {
  try {
    const { modules, initializer } = JSON.parse(start) as Start
    await importValueModules(modules)
    if (initializer !== undefined) await initialize(initializer, args)
    await pool.say(['ready'])
  } catch (error) {
    const packer = new ListPacker()
    packer.addError(error)
    await pool.say(['refused', packer.list])
    process.exit(1)
  }
}

async function initialize(target: Target, args: PackedList): Promise<void> {
  const fn = await findTarget(target)
  await fn(...((await new ListReader(args).next()) as never[]))
}

/** Each chunk is answered before the next one begins, so that the pool knows which one was run when this worker ends. */
async function run([, number, target, ...chunks]: Run): Promise<void> {
  const call = await functionOf(number, target)
  const left = [...chunks]
  const returnLeft = (): void => {
    if (left.length > 0) void pool.say(['returned', left.splice(0).length])
  }
  // Where the function waits, this is the time to look; where it computes, before the next one.
  const timer = left.length > 1 ? setTimeout(returnLeft, togetherMs) : undefined
  const beganMs = performance.now()
  for (let chunk = left.shift(); chunk !== undefined; chunk = left.shift()) {
    const startMs = (lookedUpMs = performance.now())
    const [values, results] = [new ListReader(chunk), new ListPacker(chunk.byteLength)]
    while (!values.isAtEnd) {
      // Waits for nothing that is there already: most functions are short.
      const calling = callNext(call, values, results)
      if (calling !== undefined) await calling
      if (performance.now() - lookedUpMs > lookUpMs) await lookUp()
    }
    const endMs = performance.now()
    const saying = pool.say(['ran', endMs - startMs, results.list])
    if (saying !== undefined) await saying
    if (endMs - beganMs > togetherMs) returnLeft()
  }
  clearTimeout(timer)
}

/** Calls the function with the next value, and adds how that ended to the results; resolves then where it takes time. */
function callNext(call: Call, values: ListReader, results: ListPacker): Promise<void> | undefined {
  try {
    const value = values.next()
    const result = value instanceof Promise ? value.then(call) : call(value)
    if (isThenable(result)) return addAwaited(result, results)
    results.add(result, 'result')
  } catch (error) {
    results.addError(error)
  }
  return undefined
}

async function addAwaited(result: PromiseLike<unknown>, results: ListPacker): Promise<void> {
  try {
    results.add(await result, 'result')
  } catch (error) {
    results.addError(error)
  }
}

async function lookUp(): Promise<void> {
  await nextTurn()
  lookedUpMs = performance.now()
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** What can't be found is not looked for again, and fails each call: a module that failed to import stays so. */
function functionOf(number: number, target: string | undefined): Promise<Call> {
  const known = functions.get(number)
  if (known !== undefined) return known
  const call = find(number, target).catch((error: unknown) => () => {
    throw error
  })
  functions.set(number, call)
  return call
}

async function find(number: number, target: string | undefined): Promise<Call> {
  if (target === undefined) throw new Error(`no function ${number}`)
  const found = JSON.parse(target) as PoolTarget
  const fn = await findTarget(found)
  return found.isSpread ? (args) => fn(...(args as never[])) : (value) => fn(value as never)
}
