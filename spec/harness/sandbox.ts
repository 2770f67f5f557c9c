import assert from 'node:assert/strict'
import { mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { type FoundProcess, processesWith } from './processes.ts'

/**
 * A temporary folder that belongs to the programs of one spec alone. What they leave behind is found by it: processes,
 * as each inherits the environment of the one that started it, and sockets, folders and files, as they are in there.
 */
export class Sandbox implements AsyncDisposable {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<Sandbox> {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'spec-'))
    await shareCompiled(folder)
    return new Sandbox(folder)
  }

  /** The variables that put a program into this sandbox. */
  get variables(): Readonly<Record<string, string>> {
    return { TMPDIR: this.folder, TEMP: this.folder, TMP: this.folder }
  }

  /** The command lines of the processes that run in it. */
  processes(): string[] {
    return this.#found().map(({ command }) => command)
  }

  async files(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => !name.startsWith('tsx-') && name !== 'node-compile-cache')
  }

  async assertEmpty(): Promise<void> {
    assert.deepEqual(this.processes(), [], 'processes left behind')
    assert.deepEqual(await this.files(), [], 'files left behind')
  }

  /** As `assertEmpty`, but gives what ends with another process the time to notice that. */
  async assertEmptiesSoon(): Promise<void> {
    const isEmpty = async () => this.processes().length === 0 && (await this.files()).length === 0
    // Where it doesn't empty, this tells of what.
    await eventually('the sandbox is empty', async () => (await isEmpty()) || undefined).catch(() => this.assertEmpty())
  }

  /** Also ends what still runs in it. */
  async remove(): Promise<void> {
    for (const { pid } of this.#found()) process.kill(pid, 'SIGKILL')
    await rm(this.folder, { recursive: true, maxRetries: 3 })
  }

  /** Fails where something was left behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.assertEmptiesSoon()
    } finally {
      await this.remove()
    }
  }

  #found(): FoundProcess[] {
    return processesWith(`TMPDIR=${this.folder}`)
  }
}

/** What tsx has compiled before, so that not every program compiles the library anew. */
async function shareCompiled(folder: string): Promise<void> {
  const caches = (await readdir(tmpdir())).filter((name) => name.startsWith('tsx-'))
  for (const cache of caches) await symlink(join(tmpdir(), cache), join(folder, cache), 'junction')
}
