import { connectionPool } from '../proxy/connection-pool.ts'
import { Channel } from './channel.ts'
import { importValueModules, marshalThrown, unmarshal } from './marshal.ts'
import type { ProcessOrder, ProcessRefusal } from './process.ts'
import { findTarget } from './target.ts'

// The entry of a child of `Process`: imports the module of the function, calls it once and ends when its work has ended.

const parent = new Channel<ProcessRefusal, ProcessOrder>(process)

parent.hear((order) => void run(order))
// A parent that dies takes its children along: nobody would join them.
process.once('disconnect', () => process.exit(1))

async function run(order: ProcessOrder): Promise<void> {
  try {
    const call = await prepare(order)
    await call()
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  }
  connectionPool.close()
  process.removeAllListeners('disconnect')
  process.disconnect()
}

async function prepare({ target, modules, args }: ProcessOrder): Promise<() => unknown> {
  try {
    const fn = await findTarget(target)
    await importValueModules(modules)
    const values = (await unmarshal(args)) as never[]
    return () => fn(...values)
  } catch (error) {
    await new Promise((sent) => parent.say({ refused: marshalThrown(error) }, sent))
    throw error
  }
}
