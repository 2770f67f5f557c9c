import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Answer } from './measure.ts'

/** How a process is started that measures: it reads and writes lines as bench/runner-main.ts says. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd?: string
}

interface Ready {
  readonly address?: string
  readonly refused?: string
  /** It is not installed. */
  readonly isAbsent?: boolean
}

/** Who takes longer to start, to measure or to end is killed. */
const longestMs = 180_000

/** A process that measures one row of one peer whenever it is asked. */
export class Runner implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>
  #ready: Ready = {}

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process
    this.#answers = createInterface(process.stdout)[Symbol.asyncIterator]()
  }

  /** @throws Refusal where it can't measure the row */
  static async start({ program, args, cwd }: Command): Promise<Runner> {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd })
    await once(child, 'spawn').catch(() => {
      throw new Refusal(`not installed: ${program}`, true)
    })
    const runner = new Runner(child)
    runner.#ready = await runner.#next<Ready>()
    const { refused, isAbsent } = runner.#ready
    if (refused === undefined) return runner
    await runner[Symbol.asyncDispose]()
    throw new Refusal(refused, isAbsent)
  }

  /** Where further clients of its server connect. */
  get address(): string | undefined {
    return this.#ready.address
  }

  async measure(sliceMs: number): Promise<Answer> {
    this.#process.stdin.write(`${sliceMs}\n`)
    const answer = await this.#next<Answer & Ready>()
    if (answer.refused !== undefined) throw new Refusal(answer.refused)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end()
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await this.#bounded(once(this.#process, 'exit'))
  }

  async #bounded<T>(waiting: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), longestMs)
    try {
      return await waiting
    } finally {
      clearTimeout(timer)
    }
  }

  async #next<T>(): Promise<T> {
    const line = await this.#bounded(this.#answers.next())
    if (line.done === true) throw new Refusal('its process ended')
    return JSON.parse(line.value) as T
  }
}

/** Why a peer isn't measured: it is not installed, or something is wrong. */
export class Refusal extends Error {
  readonly isAbsent: boolean

  constructor(message: string, isAbsent = false) {
    super(message)
    this.isAbsent = isAbsent
  }
}
