import { once } from 'node:events'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { isMain, Pool, Process } from 'referent'
import { isFull } from '../../harness/size.ts'

// Has a child compute without end, and is killed meanwhile; or has a thread have it, and terminates that when it is told to.
// It takes all that the machine has where the specs are in their full size.

export function compute(): never {
  console.log(`computing ${process.pid}`)
  const never = new Int32Array(new SharedArrayBuffer(4))
  for (;;) if (!isFull) Atomics.wait(never, 0, 0, 10)
}

async function start(what: unknown): Promise<void> {
  if (what === 'process') return new Process(compute).start()
  await new Pool({ processes: 1 }).apply({ module: import.meta.url, name: 'compute' })
}

if (isMain(import.meta)) {
  const [what, where] = process.argv.slice(2)
  if (where === undefined) await start(what)
  else {
    const thread = new Worker(new URL(import.meta.url), { workerData: what })
    const staying = setInterval(() => undefined, 60_000)
    await once(process, 'SIGUSR2')
    await thread.terminate()
    console.log('terminated')
    await once(process, 'SIGUSR2')
    clearInterval(staying)
  }
} else if (!isMainThread && typeof workerData === 'string') await start(workerData)
