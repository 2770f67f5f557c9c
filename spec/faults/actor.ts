import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { within } from '../harness/eventually.ts'
import { moduleUrl } from '../harness/module.ts'
import type { ActorOrder, ActorReport, ActorRole } from './actor-message.ts'

const program = fileURLToPath(moduleUrl('./programs/actor.ts', import.meta.url))

type Report<K extends ActorReport['kind']> = ActorReport & { readonly kind: K }

/** An owner or a client in a process of its own. */
export class Actor implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(role: ActorRole) {
    // Its errors are part of the play, and nobody reads where they come from.
    this.#child = fork(program, [JSON.stringify(role)], { execArgv: [], stdio: ['ignore', 'inherit', 'ignore', 'ipc'] })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (report: ActorReport) => this.#child.emit(report.kind, report))
  }

  /** Resolves when its session is in its state. */
  static async start(role: ActorRole): Promise<[Actor, Report<'ready'>]> {
    const actor = new Actor(role)
    try {
      return [actor, await actor.#answer('ready')]
    } catch (error) {
      await actor[Symbol.asyncDispose]()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Tells it to do something, and waits until it says so. */
  async ask<K extends ActorReport['kind']>(order: ActorOrder, kind: K): Promise<Report<K>> {
    this.tell(order)
    return this.#answer(kind)
  }

  tell(order: ActorOrder): void {
    this.#child.send(order)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when it has ended. */
  async exited(): Promise<void> {
    await within('an actor ends', this.#exited)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.#exited
  }

  async #answer<K extends ActorReport['kind']>(kind: K): Promise<Report<K>> {
    const [report] = (await within(`an actor says '${kind}'`, once(this.#child, kind))) as [Report<K>]
    return report
  }
}
