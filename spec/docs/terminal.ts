import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cleanEnvironment } from '../harness/environment.ts'
import { eventually } from '../harness/eventually.ts'
import { freePort } from '../harness/free-port.ts'
import { Sandbox } from '../harness/sandbox.ts'

/** A command as a page shows it in a terminal, `$ npx tsx program.ts`, and what it prints below that. */
export interface Command {
  readonly args: readonly string[]
  /** Whether it ends with `&`: those that follow run beside it, once it has printed that. */
  readonly isBackground: boolean
  readonly output: string
}

/** Longer than any of them takes. */
const timeoutMs = 60_000

/** @throws AssertionError for a command that isn't run by tsx */
export function commandsOf(shown: string): Command[] {
  const [before, ...parts] = shown.split(/^\$ /m)
  assert.equal(before, '')
  return parts.map((part) => {
    const [line = '', ...output] = part.split('\n')
    const [, args = '', background] = /^npx tsx (.*?)( &)?$/.exec(line) ?? assert.fail(`'${line}' is not run by tsx`)
    return { args: args.split(' '), isBackground: background !== undefined, output: output.join('\n') }
  })
}

/**
 * Types commands into one terminal, with a temporary folder of its own, and a `PORT` that is free. What runs in the background
 * is ended by SIGTERM at last. Asserts that each prints just what is shown and exits with 0, and that all leave nothing behind.
 */
export async function typeIn(cwd: string, commands: readonly Command[]): Promise<void> {
  await using sandbox = await Sandbox.create()
  const env = { ...cleanEnvironment(), ...sandbox.variables, PORT: await freePort() }
  const running: Running[] = []
  for (const command of commands) {
    const program = new Running(command, cwd, env)
    if (!command.isBackground) await program.end()
    else if (running.push(program) > 0) await program.hasPrinted()
  }
  for (const program of running) await program.end('SIGTERM')
}

class Running {
  readonly #command: Command
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  #stdout = ''
  #stderr = ''

  constructor(command: Command, cwd: string, env: NodeJS.ProcessEnv) {
    this.#command = command
    // They are compiled.
    const args = command.args.map((arg) => arg.replace(/\.ts$/, '.js'))
    this.#child = spawn(process.execPath, args, { cwd, env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
  }

  async hasPrinted(): Promise<void> {
    const { args, output } = this.#command
    await eventually(`${args.join(' ')} prints ${output}`, () => this.#stdout === output || undefined)
  }

  /** @param signal ends it */
  async end(signal?: NodeJS.Signals): Promise<void> {
    if (signal !== undefined) this.#child.kill(signal)
    await this.#closed
    const { exitCode, signalCode } = this.#child
    const ended = { exitCode, signalCode, stderr: this.#stderr, stdout: this.#stdout }
    assert.deepEqual(ended, { exitCode: 0, signalCode: null, stderr: '', stdout: this.#command.output })
  }
}
