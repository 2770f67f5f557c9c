import assert from 'node:assert/strict'
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { within } from '../harness/eventually.ts'
import { Sandbox } from '../harness/sandbox.ts'
import type { ImageCommand } from './image.ts'

/** The user and the group of those that are confined. */
export const confinedId = 1000

/** What runs the command that follows it as that user. */
export const withoutRights: readonly string[] = [
  'setpriv',
  `--reuid=${confinedId}`,
  `--regid=${confinedId}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
]

/** A service that runs as its keeper would run it: it is told to end by SIGTERM, and nothing else. */
export class Service implements AsyncDisposable {
  readonly #sandbox: Sandbox
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #closed: Promise<unknown>
  readonly #isConfined: boolean
  #printed = ''

  private constructor(sandbox: Sandbox, { args, cwd, env }: ImageCommand, isConfined: boolean) {
    this.#sandbox = sandbox
    this.#isConfined = isConfined
    const [program = '', ...rest] = [...(isConfined ? confined(sandbox.folder) : []), ...args]
    this.#child = spawn(program, rest, {
      cwd,
      env: { ...env, ...sandbox.variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const output of [this.#child.stdout, this.#child.stderr])
      output.setEncoding('utf8').on('data', (text: string) => (this.#printed += text))
    this.#closed = once(this.#child, 'close')
  }

  /** Why none can be confined here; undefined where they can. */
  static async obstacle(): Promise<string | undefined> {
    const command = [...confined('/tmp'), 'true']
    const failure = await new Promise<Error | null>((resolve) => execFile('env', command, resolve))
    return failure === null ? undefined : `needs root on Linux, unshare and setpriv: ${failure.message.trim()}`
  }

  /** @param isConfined whether it has nothing of the system to write to but its temporary folder, and no rights */
  static async start(command: ImageCommand, isConfined: boolean): Promise<Service> {
    const sandbox = await Sandbox.create()
    if (isConfined) await chown(sandbox.folder, confinedId, confinedId)
    return new Service(sandbox, command, isConfined)
  }

  /** Resolves with the address that it says it listens at. */
  async address(): Promise<string> {
    await within(
      'the service listens',
      (async () => {
        while (!this.#printed.includes('\n'))
          await Promise.race([once(this.#child.stdout, 'data'), this.#closed.then(() => assert.fail(this.#printed))])
      })(),
    )
    const [, address = ''] = /^listening at (\S+)\n$/.exec(this.#printed) ?? assert.fail(this.#printed)
    return address
  }

  /** Asserts that it ends in order, and leaves nothing. */
  async terminate(): Promise<void> {
    process.kill(this.#isConfined ? onlyChildOf(this.#child.pid ?? 0) : (this.#child.pid ?? 0), 'SIGTERM')
    await within('the service ends', this.#closed)
    const { exitCode, signalCode } = this.#child
    assert.deepEqual({ exitCode, signalCode }, { exitCode: 0, signalCode: null }, this.#printed)
    await this.#sandbox.assertEmpty()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
    await this.#sandbox[Symbol.asyncDispose]()
  }
}

/**
 * What runs the command that follows it as the first process of a PID namespace of its own, by another user, on a file system
 * that is read-only but for a folder.
 */
function confined(folder: string): string[] {
  const script = ['mount --bind "$0" "$0"', 'mount -o remount,bind,ro /', `exec ${withoutRights.join(' ')} "$@"`].join(
    ' && ',
  )
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  return ['unshare', ...namespaces, '/bin/sh', '-c', script, folder]
}

function onlyChildOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}
