// A program of three modules: a class that its server hosts, functions that its children call, and what starts them.
import { isMain, Manager, Pool, Process } from 'referent'
import { Counter } from './counter.ts'
import { addOne, square } from './work.ts'

// A bundle has one module for all: what children call must be an export of it.
export { addOne, square }

async function main(): Promise<void> {
  const manager = await Manager.start()
  const counter = await manager.create(Counter, 10)
  const isElsewhere: boolean = (await counter.pid()) !== process.pid
  const child = new Process(addOne, [counter])
  child.start()
  const code = await child.join()
  const processes = new Pool({ processes: 1 })
  const threads = new Pool({ threads: 1 })
  const squares = [await processes.apply(square, [3]), await threads.apply(square, [4])]
  await Promise.all([processes.close(), threads.close()])
  console.log(JSON.stringify({ isElsewhere, code, total: await counter.total(), squares }))
  await manager.close()
}

if (isMain(import.meta)) void main()
