import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { cleanEnvironment } from './environment.ts'
import { within } from './eventually.ts'
import { moduleUrl, programFlags } from './module.ts'
import { Sandbox } from './sandbox.ts'

export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Where it runs; here unless said. */
  readonly cwd?: string
  /** A command that runs the command that follows it. */
  readonly before?: readonly string[]
  /** Whether it has a process group of its own, as a program that a terminal's user started: see `killGroup`. */
  readonly hasGroup?: boolean
}

/** How a program ended, and all that it printed. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly lines: readonly string[]
  readonly stderr: string
}

/** A program that runs in a sandbox of its own. Disposing it kills it, and fails where it leaves something. */
export class Program implements AsyncDisposable {
  readonly sandbox: Sandbox
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #exited: Promise<unknown>
  readonly #closed: Promise<unknown>
  readonly #lines: string[] = []
  readonly #waiting = new Set<() => void>()
  #stderr = ''

  private constructor(
    sandbox: Sandbox,
    url: URL,
    { args = [], env = {}, cwd = '.', before = [], hasGroup = false }: ProgramOptions,
  ) {
    this.sandbox = sandbox
    const [command = process.execPath, ...rest] = [...before, process.execPath, ...programFlags(url), ...args]
    this.#child = spawn(command, rest, {
      env: { ...cleanEnvironment(), ...sandbox.variables, ...env },
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: hasGroup,
    })
    this.#exited = once(this.#child, 'exit')
    this.#closed = once(this.#child, 'close').then(() => this.#wake())
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#lines.push(line)
      this.#wake()
    })
  }

  /** @param path - as `moduleUrl` takes it */
  static async start(path: string, base: string, options: ProgramOptions = {}): Promise<Program> {
    return new Program(await Sandbox.create(), moduleUrl(path, base), options)
  }

  /** Runs a program to its end. Fails where it leaves something behind, at once. */
  static async run(path: string, base: string, options: ProgramOptions = {}): Promise<Ending> {
    await using program = await Program.start(path, base, options)
    const ending = await program.ending()
    await program.sandbox.assertEmpty()
    return ending
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The rest of the first line that begins with `start`, as soon as it is printed; rejects when none comes. */
  line(start: string): Promise<string> {
    return within(`the program prints '${start}'`, this.#line(start))
  }

  /** The rest of each line that begins with `start`, of those that were printed so far. */
  lines(start: string): string[] {
    return this.#lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length).trim())
  }

  /** Resolves when the program has ended and all it printed has arrived. */
  async ending(): Promise<Ending> {
    await within(`the program ends; it printed ${this.#lines.join('\n')}`, this.#closed)
    return { code: this.#child.exitCode, signal: this.#child.signalCode, lines: this.#lines, stderr: this.#stderr }
  }

  /** What it has printed so far to its error output. */
  get stderr(): string {
    return this.#stderr
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends the signal to the program and all its processes at once, as a terminal does. */
  killGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal)
  }

  /** Reads no more of what the program and its processes print: their writes fail from then on. */
  deafen(): void {
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
    // A process that it left behind has the other ends of these.
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
    await this.sandbox[Symbol.asyncDispose]()
  }

  async #line(start: string): Promise<string> {
    for (;;) {
      const line = this.#lines.find((candidate) => candidate.startsWith(start))
      if (line !== undefined) return line.slice(start.length).trim()
      if (this.#child.stdout.closed) throw new Error(`the program ended without '${start}': ${this.#stderr}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
