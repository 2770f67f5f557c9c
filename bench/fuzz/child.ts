import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { moduleUrl } from '../../spec/harness/module.ts'
import type { HostileOrder, Order, Report } from './orders.ts'
import type { SentFrame } from './session-log.ts'
import { emptyTally, type Tally } from './tally.ts'

/** A process of a run, as the run sees it. */
export class Child implements AsyncDisposable {
  readonly name: string
  tally: Tally = emptyTally()
  readonly slow: Extract<Report, { kind: 'slow' }>[] = []
  readonly failures: string[] = []
  calls: Extract<Report, { kind: 'calls' }> | undefined
  latest: readonly SentFrame[] = []
  isDone = false
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(name: string, program: string, order: HostileOrder) {
    this.name = name
    this.#child = fork(fileURLToPath(moduleUrl(program, import.meta.url)), [JSON.stringify(order)])
    this.#exited = once(this.#child, 'exit').then(() => this.#ended())
    this.#child.on('message', (report: Report) => this.#heard(report))
  }

  /** Resolves when it is at work. */
  static async start(name: string, program: string, order: HostileOrder): Promise<Child> {
    const child = new Child(name, program, order)
    await Promise.race([once(child.#child, 'message'), child.#exited])
    return child
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** The frames that it sent last. */
  async tellLatest(): Promise<readonly SentFrame[]> {
    this.#say('latest')
    await Promise.race([this.#next('latest'), this.#exited])
    return this.latest
  }

  /** Has it end by itself; kills it where it takes longer than that. */
  async stop(withinMs: number): Promise<void> {
    this.#say('stop')
    const timer = setTimeout(() => {
      this.failures.push(`${this.name} doesn't end within ${withinMs} ms`)
      this.#child.kill('SIGKILL')
    }, withinMs)
    await this.#exited
    clearTimeout(timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #say(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => undefined)
  }

  #next(kind: Report['kind']): Promise<void> {
    return new Promise((resolve) => {
      this.#child.on('message', (report: Report) => {
        if (report.kind === kind) resolve()
      })
    })
  }

  #heard(report: Report): void {
    if (report.kind === 'tally') this.tally = report.tally
    if (report.kind === 'slow') this.slow.push(report)
    if (report.kind === 'calls') this.calls = report
    if (report.kind === 'noted') console.log(report.what)
    if (report.kind === 'done') this.isDone = true
    if (report.kind === 'failed' && this.failures.length < 20) this.failures.push(`${this.name}: ${report.what}`)
    if (report.kind === 'failed' || report.kind === 'latest') this.latest = report.latest ?? this.latest
  }

  #ended(): void {
    const { exitCode, signalCode } = this.#child
    if (!this.isDone) this.failures.push(`${this.name} ended by itself, with ${exitCode ?? signalCode}`)
  }
}
