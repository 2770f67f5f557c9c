import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Exposed, isMain, Manager, Process, Shared } from 'referent'
import { blockForEver } from '../../harness/block.ts'
import { eventually } from '../../harness/eventually.ts'
import { watchdogsOf } from '../../harness/processes.ts'

// Starts a server that can't end in order, and waits to be killed.

const ways = { blocks, isStopped, blocksInInitializer, losesWatchdog, disposesSlowly }

@Shared()
export class Stuck {
  @Exposed
  block(): never {
    sleepForEver()
  }
}

@Shared()
export class SlowToGo implements AsyncDisposable {
  @Exposed
  ping(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await sleep(2500)
    console.log('disposed')
  }
}

export function sleepForEver(): never {
  console.log(`server ${process.pid}`)
  blockForEver()
}

/** Whatever this process starts beside a server must not look to that server's watchdog like this process. */
export async function stay(): Promise<void> {
  await sleep(60_000)
}

async function blocks(): Promise<void> {
  const [manager] = await Promise.all([Manager.start({ graceMs: 0 }), Manager.start({ graceMs: 0 })])
  startOthers()
  void (await manager.create(Stuck)).block()
}

async function isStopped(): Promise<void> {
  const manager = await Manager.start({ graceMs: 0 })
  process.kill(manager.pid, 'SIGSTOP')
  console.log(`server ${manager.pid}`)
}

async function blocksInInitializer(): Promise<void> {
  await Manager.start({ graceMs: 0, initializer: sleepForEver })
}

/** Another watchdog watches the child from then on. */
async function losesWatchdog(): Promise<void> {
  const manager = await Manager.start({ graceMs: 0 })
  const stuck = await manager.create(Stuck)
  const [watchdog] = watchdogsOf(process.pid)
  if (watchdog === undefined) throw new Error('there is no watchdog')
  process.kill(watchdog.pid, 'SIGKILL')
  await eventually('another one', () => watchdogsOf(process.pid).some(({ pid }) => pid !== watchdog.pid) || undefined)
  void stuck.block()
}

async function disposesSlowly(): Promise<void> {
  const manager = await Manager.start({ graceMs: 0 })
  await (await manager.create(SlowToGo)).ping()
  console.log(`server ${manager.pid}`)
}

/** One that ends with this process, and one that doesn't. */
function startOthers(): void {
  new Process(stay).start()
  const { pid } = spawn('sleep', ['60'], { env: {}, detached: true, stdio: 'ignore' })
  console.log(`stranger ${pid}`)
}

if (isMain(import.meta)) {
  setInterval(() => undefined, 1000)
  await ways[process.argv[2] as keyof typeof ways]()
}
