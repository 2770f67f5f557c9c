import { setImmediate as nextTurn } from 'node:timers/promises'
import { isMainThread, workerData } from 'node:worker_threads'
import { Channel, threadPort } from '../process/channel.ts'
import { marshalThrown, unmarshal } from '../process/marshal.ts'
import { findTarget, type Target } from '../process/target.ts'
import type { ThreadData } from '../process/thread.ts'
import { importValueModules } from '../main-module.ts'
import { AnswerList } from './answer-list.ts'
import { Failure } from './failure.ts'
import type { Answers, Initializer, PoolMessage, WorkerMessage } from './messages.ts'
import { type Packed, type PackedList, unpackSlim, valuesOfText } from './packed.ts'

// The entry of a worker of a pool, a process or a thread: calls functions as it is told to, one call after the other.

type AnyFunction = (...args: never[]) => unknown
type RunMessage = PoolMessage & { kind: 'run' }

/** How long calls of one message may follow each other before the worker looks whether its pool is still there. */
const lookUpMs = 50
/** After so long, chunks that came together with those that were run are given back. */
const togetherMs = 10

const { referentPort: port } = (isMainThread ? {} : workerData) as Partial<ThreadData>
const pool = new Channel<WorkerMessage, PoolMessage>(port === undefined ? process : threadPort(port))
const functions = new Map<number, Promise<AnyFunction>>()
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
      return runAll(message)
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

/** Each is answered before the next one begins, so that the pool knows which one was run when this worker ends. */
async function runAll({ fn: number, target, chunks, areSpread }: RunMessage): Promise<void> {
  const found = await functionOf(number, target).catch((error: unknown) => new Failure(error))
  const left = [...chunks]
  const giveBack = (): void => {
    if (left.length > 0) void tell({ kind: 'returned', count: left.splice(0).length })
  }
  // Where the function waits, this is the time to look; where it computes, before the next one.
  const timer = chunks.length > 1 ? setTimeout(giveBack, togetherMs) : undefined
  const beganMs = performance.now()
  for (let calls = left.shift(); calls !== undefined; calls = left.shift()) {
    await tell({ kind: 'ran', answers: await run(found instanceof Failure ? failing(found) : found, calls, areSpread) })
    if (performance.now() - beganMs > togetherMs) giveBack()
  }
  clearTimeout(timer)
}

async function run(fn: AnyFunction, calls: readonly PackedList[], areSpread: boolean): Promise<Answers[]> {
  const call = (args: unknown): unknown => fn(...((areSpread ? args : [args]) as never[]))
  const callPacked = async (packed: Packed): Promise<unknown> => fn(...((await unpackSlim(packed)) as never[]))
  const answers: Answers[] = []
  lookedUpMs = performance.now()
  for (const some of calls) {
    if (typeof some === 'string') answers.push(await answerAll(valuesOfText(some), call))
    else answers.push(await answerAll(some, callPacked))
  }
  return answers
}

function failing({ error }: Failure): AnyFunction {
  return () => {
    throw error
  }
}

/** Waits for nothing that is there already: most functions are short. */
async function answerAll<T>(calls: readonly T[], make: (call: T) => unknown): Promise<Answers> {
  const answers = new AnswerList()
  for (const each of calls) {
    try {
      const result = make(each)
      answers.add(isThenable(result) ? await result : result)
    } catch (error) {
      answers.fail(error)
    }
    if (performance.now() - lookedUpMs < lookUpMs) continue
    await nextTurn()
    lookedUpMs = performance.now()
  }
  return answers.packed()
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** What can't be found is not looked for again: a module that failed to import stays so. */
function functionOf(number: number, target: Target | undefined): Promise<AnyFunction> {
  const known = functions.get(number)
  if (known !== undefined) return known
  const found = target === undefined ? Promise.reject(new Error(`no function ${number}`)) : findTarget(target)
  functions.set(number, found)
  return found
}

/** Resolves when it is written. What nobody is there to hear is not said. */
async function tell(message: WorkerMessage): Promise<void> {
  await new Promise((sent) => pool.say(message, sent))
}
