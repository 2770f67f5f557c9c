import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Row } from './row.ts'

// From the repository's root, where npm runs its scripts: the benchmark itself runs compiled, in another folder.
const script = 'bench/python_manager.py'

/** Python's multiprocessing managers in the same rounds, in a process of its own that measures when it is asked. */
export class Python implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process
    this.#answers = createInterface(process.stdout)[Symbol.asyncIterator]()
  }

  /** Undefined where there is no python3. */
  static async start(): Promise<Python | undefined> {
    const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    try {
      await once(child, 'spawn')
      return new Python(child)
    } catch {
      return undefined
    }
  }

  rows(): Row[] {
    return [
      this.#row('call', 'us', 'call'),
      this.#row('calls, 4 client processes', '/s', 'clients'),
      this.#row('create and drop', '/s', 'create'),
      this.#row('echo of 1,000 plain records', 'ms', 'records'),
      this.#row('echo of 1 MiB of bytes', 'ms', 'bytes'),
      this.#row('manager start', 'ms', 'start'),
      this.#row('pool, map of 40,000 items', 'ms', 'pool'),
      this.#row('pool, map of 4,000 items, each a task', 'ms', 'pool_tasks'),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end()
    await once(this.#process, 'exit')
  }

  /** Something that four client processes do with objects of a `SyncManager`, each one after the other. */
  syncRow(name: string, measurement: string): Row {
    return { name, unit: '/s', echo: 'batched', measure: (sliceMs) => this.#ask(`${measurement} ${sliceMs / 1000}\n`) }
  }

  #row(what: string, unit: Row['unit'], measurement: string): Row {
    return {
      name: `Python ${what}`,
      unit,
      echo: measurement === 'clients' ? 'batched' : 'sequential',
      measure: (sliceMs) => this.#ask(`${measurement} ${sliceMs / 1000}\n`),
    }
  }

  async #ask(request: string): Promise<number> {
    this.#process.stdin.write(request)
    const answer = await this.#answers.next()
    if (answer.done === true) throw new Error(`python_manager.py ended at the request '${request.trim()}'`)
    return Number(answer.value)
  }
}
