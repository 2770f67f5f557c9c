import { fileURLToPath } from 'node:url'
import { packageOf, type Peer, serverMain } from './peer.ts'
import { Plain } from './plain.ts'

interface Workerpool {
  readonly pool: (script: string, options: object) => Pool
  readonly worker: (functions: object) => void
}

interface Pool {
  exec(name: string, args: readonly unknown[]): Promise<unknown>
  terminate(): Promise<unknown>
}

interface Client {
  /** One process, for what is compared with calls. */
  readonly one: Pool
  readonly two: Pool
  readonly pids: Set<unknown>
}

export async function serve(): Promise<void> {
  const { worker } = await loaded()
  const plain = new Plain()
  worker({
    increment: (by: number) => plain.increment(by),
    echo: (value: unknown) => value,
    pid: () => process.pid,
  })
}

/** It has workers and tasks, but no objects: a call is a task of the only process. */
export const workerpool: Peer<Client> = {
  package: 'workerpool',
  needs: 'npm ci --prefix bench',
  carries: ['plain', 'rich', 'bytes', 'numbers'],
  async open() {
    const { pool } = await loaded()
    const options = {
      workerType: 'process',
      forkArgs: ['workerpool'],
      forkOpts: { serialization: 'advanced' },
      minWorkers: 0,
    }
    const script = fileURLToPath(serverMain())
    const one = pool(script, { ...options, maxWorkers: 1 })
    const two = pool(script, { ...options, maxWorkers: 2 })
    const pids = new Set([await one.exec('pid', [])])
    return {
      client: { one, two, pids },
      pids: () => [...pids].map(Number),
      async close() {
        await Promise.all([one.terminate(), two.terminate()])
      },
    }
  },
  call: ({ one }) => one.exec('increment', [1]),
  echo: ({ one }, value) => one.exec('echo', [value]),
  async tasks({ two, pids }, items) {
    const done = Array.from({ length: items }, (_, item) => two.exec('increment', [item]))
    // Its processes start with their first tasks.
    if (pids.size < 3) for (let asked = 0; asked < 8; asked++) pids.add(await two.exec('pid', []))
    await Promise.all(done)
  },
}

async function loaded(): Promise<Workerpool> {
  const { default: library } = await packageOf<{ default: Workerpool }>('workerpool')
  return library
}
