import { Manager } from 'referent'
import { Subject } from './subject.ts'
import { RunningTimers, tracesOf } from './traces.ts'

// Starts and ends so many managers, and prints what this process had before and has after that.

const starts = Number(process.argv[2])
/** Each lane starts one after the other. Most of a start is a process that loads the library. */
const lanes = 4

async function startAndStop(): Promise<void> {
  const manager = await Manager.start()
  const subject = await manager.create(Subject)
  await subject.ping()
  await manager.close()
}

async function lane(): Promise<void> {
  for (let start = 0; start < starts / lanes; start++) await startAndStop()
}

// What Node makes once, the first time.
await startAndStop()
const timers = new RunningTimers()
const before = await tracesOf(timers)
await Promise.all(Array.from({ length: lanes }, lane))
console.log(JSON.stringify({ before, after: await tracesOf(timers) }))
