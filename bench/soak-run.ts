import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Manager, type Remote } from 'referent'
import { eventually } from '../spec/harness/eventually.ts'
import { Random } from '../spec/references/chaos/random.ts'
import { SoakAccount } from './soak-account.ts'
import { SoakClientProcess } from './soak-client-process.ts'
import { SoakCounter, SoakGauge, SoakLog } from './soak-log.ts'
import { openFiles } from './soak-traces.ts'

export interface SoakOptions {
  readonly seed: number
  readonly durationMs: number
  readonly clients: number
}

export interface SoakOutcome {
  readonly account: SoakAccount
  readonly kills: number
  /** Of the server process, without garbage and the log, at equal distances. */
  readonly keptBytes: readonly number[]
}

const samples = 20
const longestBetweenKillsMs = 2000

/** Lets clients call a server for so long, kills some of them meanwhile, and compares what they know with the server. */
export async function runSoak(options: SoakOptions): Promise<SoakOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'))
  try {
    await using manager = await Manager.start()
    await using run = await SoakRun.start(options, manager, folder)
    await run.run()
    return await run.outcome()
  } finally {
    await rm(folder, { recursive: true })
  }
}

class SoakRun implements AsyncDisposable {
  readonly #options: SoakOptions
  readonly #manager: Manager
  readonly #folder: string
  readonly #random: Random
  readonly #log: Remote<SoakLog>
  readonly #counter: Remote<SoakCounter>
  readonly #gauge: Remote<SoakGauge>
  readonly #account = new SoakAccount()
  readonly #keptBytes: number[] = []
  readonly #openFilesBefore: number
  #clients: SoakClientProcess[] = []
  #started = 0
  #kills = 0

  private constructor(
    options: SoakOptions,
    manager: Manager,
    folder: string,
    [log, counter, gauge]: [Remote<SoakLog>, Remote<SoakCounter>, Remote<SoakGauge>],
  ) {
    this.#options = options
    this.#manager = manager
    this.#folder = folder
    this.#random = new Random(options.seed)
    this.#log = log
    this.#counter = counter
    this.#gauge = gauge
    this.#openFilesBefore = openFiles(manager.pid)
  }

  static async start(options: SoakOptions, manager: Manager, folder: string): Promise<SoakRun> {
    const shared = await Promise.all([
      manager.named('log', SoakLog),
      manager.named('counter', SoakCounter),
      manager.create(SoakGauge),
    ])
    const run = new SoakRun(options, manager, folder, shared)
    run.#clients = await Promise.all(Array.from({ length: options.clients }, () => run.#startClient()))
    return run
  }

  async run(): Promise<void> {
    const endMs = performance.now() + this.#options.durationMs
    await Promise.all([this.#kill(endMs), this.#sample(endMs)])
    await Promise.all(this.#clients.map((client) => client.stop()))
    for (const client of this.#clients) await this.#close(client, false)
  }

  /** Leaves no client where the run has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.kill()))
  }

  async outcome(): Promise<SoakOutcome> {
    this.#account.addCounter(await this.#counter.value)
    if ((await this.#log.size) > 0) this.#account.wrong.push('a call was carried out after its session had ended')
    await this.#compareServer()
    return { account: this.#account, kills: this.#kills, keptBytes: this.#keptBytes }
  }

  async #kill(endMs: number): Promise<void> {
    for (;;) {
      const waitMs = this.#random.below(longestBetweenKillsMs)
      if (performance.now() + waitMs >= endMs) return pause(endMs - performance.now())
      await pause(waitMs)
      const victim = this.#random.pick(this.#clients)
      if (victim !== undefined) await this.#replace(victim)
    }
  }

  async #replace(victim: SoakClientProcess): Promise<void> {
    await victim.kill()
    this.#kills++
    await this.#close(victim, true)
    this.#clients = this.#clients.filter((client) => client !== victim)
    this.#clients.push(await this.#startClient())
  }

  #startClient(): Promise<SoakClientProcess> {
    const number = this.#started++
    return SoakClientProcess.start(number, this.#options.seed * 1009 + number, this.#manager, this.#folder)
  }

  /** What a client had sent when it ended, the server carries out first: it looks at its session's end later. */
  async #close(client: SoakClientProcess, wasKilled: boolean): Promise<void> {
    await this.#sessionEnds(client)
    this.#account.wrong.push(...client.failures)
    this.#account.add(client.number, client.journal(), await this.#log.take(client.number), wasKilled)
  }

  async #sessionEnds({ pid }: SoakClientProcess): Promise<void> {
    await eventually('the session of a client ends', async () => {
      const { sessions } = await this.#manager.inspect()
      return sessions.every((session) => session.pid !== pid) || undefined
    })
  }

  async #sample(endMs: number): Promise<void> {
    const everyMs = this.#options.durationMs / samples
    while (performance.now() < endMs) {
      const [bytes, logBytes] = await Promise.all([this.#gauge.keptBytes(), this.#log.bytes])
      this.#keptBytes.push(bytes - logBytes)
      await pause(everyMs)
    }
  }

  /** The server holds what this process holds, and nothing else. */
  async #compareServer(): Promise<void> {
    const { sessions, referents } = await this.#manager.inspect()
    if (sessions.length !== 1) this.#account.wrong.push(`the server has ${sessions.length} sessions left, not 1`)
    const held = referents.map(({ typeid, references, pins }) => `${typeid} ${references}+${pins}`).toSorted()
    const expected = ['SoakCounter 1+0', 'SoakGauge 1+0', 'SoakLog 1+0']
    if (held.join() !== expected.join()) this.#account.wrong.push(`the server has ${held.join()} left`)
    const files = openFiles(this.#manager.pid)
    if (files > this.#openFilesBefore) {
      this.#account.wrong.push(`the server has ${files} files and sockets open; it had ${this.#openFilesBefore}`)
    }
  }
}
