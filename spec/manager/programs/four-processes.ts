import { isMain, Manager, Process, type Remote } from 'referent'
import { Counter } from '../../harness/counter.ts'
import { hostOfProgram } from '../../harness/hosts.ts'

export async function work(counters: Remote<Counter>[]): Promise<void> {
  for (const counter of counters) await Promise.all(Array.from({ length: 250 }, () => counter.increment()))
}

if (isMain(import.meta)) {
  await using manager = await Manager.start({ host: hostOfProgram() })
  const counters = await Promise.all(Array.from({ length: 10 }, () => manager.create(Counter)))
  const processes = Array.from({ length: 4 }, () => new Process(work, [counters]))
  for (const process of processes) process.start()
  for (const process of processes) await process.join()
  for (const counter of counters) console.log(await counter.value)
}
