import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { within } from '../../harness/eventually.ts'
import { moduleUrl } from '../../harness/module.ts'
import type { Order, Passed, Report } from './messages.ts'

/** What a run does with what its clients say of their own accord. */
export interface Listener {
  done(): void
  pass(passed: Passed): void
  failed(what: string): void
}

/** A client of a run, as the run sees it. */
export class ClientProcess {
  /** Which one of its run it is. */
  readonly number: number
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  readonly #listening: Promise<unknown>

  /** Starts the process, which does nothing before `begin`. */
  constructor(number: number, listener: Listener) {
    this.number = number
    this.#child = fork(fileURLToPath(moduleUrl('./client.ts', import.meta.url)))
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (report: Report) => this.#hear(report, listener))
    this.#listening = this.#answer('listens')
    // Who begins is told.
    this.#listening.catch(() => undefined)
  }

  async begin(order: Order & { readonly kind: 'begin' }): Promise<void> {
    await this.#listening
    this.tell(order)
    await this.#answer('ready')
  }

  tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => undefined)
  }

  /** Resolves when it has done this one thing. */
  async step(order: Order & { readonly kind: 'step' }): Promise<void> {
    this.tell(order)
    await this.#answer('stepped')
  }

  /** Resolves when it holds what another one passes on. */
  async take(passed: Passed): Promise<void> {
    this.tell({ kind: 'take', passed })
    await this.#answer('taken')
  }

  async stop(): Promise<void> {
    this.tell({ kind: 'stop' })
    await this.#answer('stopped')
  }

  async ids(): Promise<readonly number[]> {
    this.tell({ kind: 'tell' })
    return (await this.#answer('holds')).ids
  }

  async labels(): Promise<readonly string[]> {
    this.tell({ kind: 'label' })
    return (await this.#answer('labels')).labels
  }

  async callAll(): Promise<void> {
    this.tell({ kind: 'call all' })
    await this.#answer('called all')
  }

  /** Ends it in the middle of whatever it does; it gets no chance to give anything back. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #hear(report: Report, listener: Listener): void {
    switch (report.kind) {
      case 'done':
        return listener.done()
      case 'pass':
        return listener.pass(report.passed)
      case 'failed':
        return listener.failed(report.what)
      case 'listens':
      case 'ready':
      case 'stepped':
      case 'taken':
      case 'stopped':
      case 'holds':
      case 'labels':
      case 'called all':
        return void this.#child.emit(report.kind, report)
    }
  }

  async #answer<K extends Report['kind']>(kind: K): Promise<Report & { readonly kind: K }> {
    const [report] = (await within(`a client says '${kind}'`, once(this.#child, kind))) as [Report & { kind: K }]
    return report
  }
}
