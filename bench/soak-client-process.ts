import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manager } from 'referent'
import { moduleUrl } from '../spec/harness/module.ts'
import { Journal } from './soak-journal.ts'
import type { SoakReport } from './soak-message.ts'

const program = fileURLToPath(moduleUrl('./soak-client.ts', import.meta.url))

/** A client of a soak, as the soak sees it. */
export class SoakClientProcess {
  readonly number: number
  /** What it said that must not happen. */
  readonly failures: string[] = []
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #journal: string

  private constructor(number: number, seed: number, manager: Manager, folder: string) {
    this.number = number
    this.#journal = join(folder, `client-${number}`)
    const authkey = Buffer.from(manager.authkey.bytes).toString('hex')
    const order = { client: number, seed, address: manager.address, authkey, journal: this.#journal }
    this.#child = fork(program, [JSON.stringify(order)])
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', (report: SoakReport) => {
      if (report.kind === 'failed') this.failures.push(`client ${number}: ${report.what}`)
    })
  }

  /** Resolves when it calls. */
  static async start(number: number, seed: number, manager: Manager, folder: string): Promise<SoakClientProcess> {
    const client = new SoakClientProcess(number, seed, manager, folder)
    await Promise.race([once(client.#child, 'message'), client.#exited])
    return client
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Has it end by itself, when its calls are settled. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.send('stop', () => undefined)
    await this.#exited
    const { exitCode, signalCode } = this.#child
    if (exitCode !== 0) this.failures.push(`client ${this.number} ended with ${exitCode ?? signalCode}`)
  }

  /** What it has done; once it has ended. */
  journal(): Journal {
    return Journal.read(this.#journal)
  }
}
