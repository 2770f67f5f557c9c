import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  isManagerError,
  Manager,
  type Remote,
  SharedJoinableQueue,
  SharedLock,
  SharedPool,
  SharedQueue,
} from 'referent'
import { eventually } from '../../spec/harness/eventually.ts'
import { moduleUrl } from '../../spec/harness/module.ts'
import { Random } from '../../spec/references/chaos/random.ts'
import { EpisodeBell, EpisodeSource } from './hosted.ts'
import { readLedgers } from './ledger.ts'
import { Reckoning, type Remains } from './reckoning.ts'
import { heartbeat, type WorkerOrder } from './worker.ts'

export interface EpisodesOptions {
  readonly seed: number
  readonly durationMs: number
  /** So many at least, however long that takes. */
  readonly leastEpisodes: number
  readonly workers: number
}

export interface EpisodesOutcome {
  readonly reckoning: Reckoning
  readonly wrong: readonly string[]
  readonly kills: number
  readonly freezes: number
  readonly serverFreezes: number
}

const program = fileURLToPath(moduleUrl('./worker-main.ts', import.meta.url))
const patienceMs = heartbeat.intervalMs * (heartbeat.missed + 1)
/** How long a worker may take to end when it is told to: its calls have bounds of their own. */
const endMs = 60_000

/** Lets processes use everything at once, kills some and has others stand still, and compares their ledgers. */
export async function runEpisodes(options: EpisodesOptions): Promise<EpisodesOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'))
  try {
    await mkdir(join(folder, 'ledgers'))
    await using manager = await Manager.start({ heartbeat })
    await using run = new EpisodesRun(options, manager, join(folder, 'ledgers'))
    return await run.run()
  } finally {
    await rm(folder, { recursive: true })
  }
}

class EpisodesRun implements AsyncDisposable {
  readonly #options: EpisodesOptions
  readonly #manager: Manager
  readonly #folder: string
  readonly #random: Random
  readonly #workers = new Set<ChildProcess>()
  readonly #killed = new Set<string>()
  readonly #wrong: string[] = []
  #started = 0
  readonly #counts = { kills: 0, freezes: 0, serverFreezes: 0 }

  constructor(options: EpisodesOptions, manager: Manager, folder: string) {
    this.#options = options
    this.#manager = manager
    this.#folder = folder
    this.#random = new Random(options.seed)
  }

  async run(): Promise<EpisodesOutcome> {
    await this.#host()
    await Promise.all(Array.from({ length: this.#options.workers }, () => this.#startWorker()))
    const deadline = performance.now() + this.#options.durationMs
    while (performance.now() < deadline || this.#episodes < this.#options.leastEpisodes) await this.#episode()
    // So that the last ones too are noticed, and who waits has what they had.
    await pause(2 * patienceMs)
    await Promise.all([...this.#workers].map((worker) => this.#stop(worker)))
    const reckoning = new Reckoning(readLedgers(this.#folder), this.#killed, await this.#remains())
    return { reckoning, wrong: [...this.#wrong, ...reckoning.wrong], ...this.#counts }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) worker.kill('SIGKILL')
    this.#signalServer('SIGCONT')
  }

  get #episodes(): number {
    return this.#counts.kills + this.#counts.freezes + this.#counts.serverFreezes
  }

  async #host(): Promise<void> {
    await this.#manager.named('queue', SharedQueue, 200)
    await this.#manager.named('tasks', SharedJoinableQueue, 200)
    for (const name of ['lock', 'guarded', 'run']) await this.#manager.named(name, SharedLock)
    await this.#manager.named('bell', EpisodeBell)
    await this.#manager.named('source', EpisodeSource)
    const modules = [moduleUrl('./pool-deed.ts', import.meta.url).href]
    await this.#manager.named('pool', SharedPool, { processes: 2, modules })
  }

  /** One or two workers at a time: what they had is for the others. */
  async #episode(): Promise<void> {
    const dice = this.#random.below(10)
    if (dice === 0) return this.#freezeServer()
    const victims = dice < 4 ? 2 : 1
    await Promise.all(
      Array.from({ length: victims }, () => (this.#random.below(5) < 2 ? this.#kill() : this.#freeze())),
    )
    await pause(this.#random.below(300))
  }

  async #kill(): Promise<void> {
    const victim = this.#random.pick(this.#workers)
    if (victim === undefined) return
    this.#workers.delete(victim)
    this.#killed.add(nameOf(victim))
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    this.#counts.kills++
    await this.#startWorker()
  }

  async #freeze(): Promise<void> {
    const victim = this.#random.pick(this.#workers)
    if (victim === undefined) return
    // Nobody else's victim meanwhile.
    this.#workers.delete(victim)
    victim.kill('SIGSTOP')
    await pause(patienceMs * 1.2 + this.#random.below(patienceMs))
    victim.kill('SIGCONT')
    this.#counts.freezes++
    this.#workers.add(victim)
  }

  /** All lose it, and find it again. */
  async #freezeServer(): Promise<void> {
    this.#signalServer('SIGSTOP')
    await pause(patienceMs * 1.2 + this.#random.below(patienceMs))
    this.#signalServer('SIGCONT')
    this.#counts.serverFreezes++
    await pause(patienceMs)
  }

  #signalServer(signal: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#manager.pid, signal)
  }

  async #startWorker(): Promise<void> {
    const order: WorkerOrder = {
      address: this.#manager.address,
      authkey: Buffer.from(this.#manager.authkey.bytes).toString('hex'),
      folder: this.#folder,
      worker: `w${this.#started++}`,
    }
    const worker = fork(program, [JSON.stringify(order)])
    await Promise.race([once(worker, 'message'), once(worker, 'exit')])
    worker.once('exit', (code) => {
      if (this.#workers.has(worker) && code !== 0) this.#wrong.push(`worker ${order.worker} ended with ${code}`)
    })
    this.#workers.add(worker)
  }

  async #stop(worker: ChildProcess): Promise<void> {
    if (worker.exitCode !== null || worker.signalCode !== null) return
    const timer = setTimeout(() => {
      this.#wrong.push(`worker ${nameOf(worker)} doesn't end within ${endMs} ms`)
      worker.kill('SIGKILL')
    }, endMs)
    worker.send('stop', () => undefined)
    await once(worker, 'exit')
    clearTimeout(timer)
  }

  /** What is left when nobody is there any more, whose sessions the server has noticed the end of. */
  async #remains(): Promise<Remains> {
    const { address, authkey, pid } = this.#manager
    await using manager = await Manager.connect(address, { authkey })
    await eventually('only sessions of this process are left', async () => {
      const { sessions } = await manager.inspect()
      return sessions.every((session) => session.pid === process.pid) || undefined
    }).catch((error: unknown) => this.#wrong.push(String(error)))
    for (const name of ['lock', 'guarded', 'run']) {
      const lock = await manager.lookup<SharedLock>(name)
      if (await lock.isLocked) this.#wrong.push(`somebody has '${name}', but nobody is there`)
      if ((await lock.waiting) > 0) this.#wrong.push(`somebody waits for '${name}', but nobody is there`)
    }
    const tasks = await manager.lookup<SharedJoinableQueue<string>>('tasks')
    if ((await tasks.unfinished) !== (await tasks.size))
      this.#wrong.push(`tasks of server ${pid} are worked on by nobody`)
    const queue = await manager.lookup<SharedQueue<string>>('queue')
    return { queue: await drained(queue), tasks: await drained(tasks) }
  }
}

async function drained(queue: Remote<SharedQueue<string>> | Remote<SharedJoinableQueue<string>>): Promise<string[]> {
  try {
    return await queue.getMany(Infinity, { timeoutMs: 0 })
  } catch (error) {
    if (isManagerError(error, 'QUEUE_EMPTY')) return []
    throw error
  }
}

function nameOf(worker: ChildProcess): string {
  return (JSON.parse(worker.spawnargs.at(-1) ?? '{}') as Partial<WorkerOrder>).worker ?? ''
}
