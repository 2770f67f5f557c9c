import { setImmediate as nextTurn } from 'node:timers/promises'
import { isMainThread, workerData } from 'node:worker_threads'
import { Channel, threadPort } from '../channel.ts'
import { packThrown } from '../parcel.ts'
import { findTarget, type Target } from '../target.ts'
import type { ThreadData } from '../thread.ts'
import { type Packed, packSlim, unpackSlim } from './packed.ts'
import type { Answer, Initializer, PoolMessage, WorkerMessage } from './messages.ts'

// The entry of a worker of a pool, a process or a thread: calls functions as it is told to, one call after the other.

type AnyFunction = (...args: never[]) => unknown
type RunMessage = PoolMessage & { kind: 'run' }

/** How long calls of one message may follow each other before the worker looks whether its pool is still there. */
const lookUpMs = 50

const { referentPort: port } = (isMainThread ? {} : workerData) as Partial<ThreadData>
const pool = new Channel<WorkerMessage, PoolMessage>(port === undefined ? process : threadPort(port))
const functions = new Map<number, Promise<AnyFunction>>()

pool.hear((message) => void obey(message))
// The pool is closed, or its program has ended, however it did.
if (port === undefined) process.once('disconnect', () => process.exit())
else port.once('close', () => process.exit())

async function obey(message: PoolMessage): Promise<void> {
  switch (message.kind) {
    case 'begin':
      return begin(message.initializer)
    case 'run':
      await tell({ kind: 'ran', answers: await run(message) })
  }
}

async function begin(initializer: Initializer | undefined): Promise<void> {
  try {
    if (initializer !== undefined) await call(findTarget(initializer.target), initializer.args)
    await tell({ kind: 'ready' })
  } catch (error) {
    await tell({ kind: 'refused', error: packThrown(error) })
    process.exit(1)
  }
}

async function run({ fn: number, target, calls }: RunMessage): Promise<Answer[]> {
  const answers: Answer[] = []
  const fn = functionOf(number, target)
  let lookedUp = performance.now()
  for (const args of calls) {
    answers.push(await answer(fn, args))
    if (performance.now() - lookedUp < lookUpMs) continue
    await nextTurn()
    lookedUp = performance.now()
  }
  return answers
}

/** What can't be found is not looked for again: a module that failed to import stays so. */
function functionOf(number: number, target: Target | undefined): Promise<AnyFunction> {
  const known = functions.get(number)
  if (known !== undefined) return known
  const found = target === undefined ? Promise.reject(new Error(`no function ${number}`)) : findTarget(target)
  functions.set(number, found)
  return found
}

async function answer(fn: Promise<AnyFunction>, args: Packed): Promise<Answer> {
  try {
    return packSlim(await call(fn, args), 'result')
  } catch (error) {
    return { error: packThrown(error) }
  }
}

async function call(fn: Promise<AnyFunction>, args: Packed): Promise<unknown> {
  return (await fn)(...((await unpackSlim(args)) as never[]))
}

/** Resolves when it is written. What nobody is there to hear is not said. */
async function tell(message: WorkerMessage): Promise<void> {
  await new Promise((sent) => pool.say(message, sent))
}
