import assert from 'node:assert/strict'
import { type ExecFileException, execFile, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanEnvironment } from '../harness/environment.ts'
import { eventually } from '../harness/eventually.ts'
import { Sandbox } from '../harness/sandbox.ts'

const programs = resolve('spec/toolchains/programs')

export interface RunOptions {
  /** A Node, or a runtime like it; without it, the Node that runs the specs. */
  readonly binary?: string
  readonly env?: Readonly<Record<string, string>>
}

/** How a program ended, and what it printed. */
export interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What `main.ts` of the programs prints where all is well. */
const expected = JSON.stringify({ isElsewhere: true, code: 0, total: 11, squares: [9, 16] })

/** A user's project, with the packed package and the tools. */
export class Project {
  readonly folder: string
  readonly #root: string

  /** @param root has the node_modules */
  constructor(folder: string, root: string) {
    this.folder = folder
    this.#root = root
  }

  /** The path of what is in the project. */
  path(...names: readonly string[]): string {
    return join(this.folder, ...names)
  }

  /** The path of what is in the node_modules. */
  module(...names: readonly string[]): string {
    return join(this.#root, 'node_modules', ...names)
  }

  async write(file: string, content: string | object): Promise<void> {
    await mkdir(dirname(this.path(file)), { recursive: true })
    await writeFile(this.path(file), typeof content === 'string' ? content : JSON.stringify(content))
  }

  /** Changes the text of a file. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    await this.write(file, change(await readFile(this.path(file), 'utf8')))
  }

  /** Copies the programs into `src`: as they are, or without their types and with the extension `.js`. */
  async addPrograms(language: 'ts' | 'js'): Promise<void> {
    if (language === 'ts') return cp(programs, this.path('src'), { recursive: true })
    const names = await readdir(programs)
    await this.tool('esbuild', ...names.map((name) => join(programs, name)), `--outdir=${this.path('src')}`)
    for (const name of names) {
      await this.edit(`src/${name.replace(/ts$/, 'js')}`, (code) => code.replaceAll(/(from "\..*)\.ts"/g, '$1.js"'))
    }
  }

  /** Runs a tool, as a script of the project's package.json would, and returns what it printed. Fails unless it exits with 0. */
  async tool(name: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(this.module('.bin', name), args, this.folder, {})
    assert.equal(code, 0, `${name} ${args.join(' ')}\n${stdout}\n${stderr}`)
    return stdout + stderr
  }

  /** Runs a program, which must print what the programs print where all is well and no error, and leave nothing. */
  async assertRuns(args: readonly string[], options: RunOptions = {}): Promise<void> {
    await using sandbox = await Sandbox.create()
    const output = await this.#run(args, sandbox, options)
    assert.deepEqual(output, { code: 0, stdout: `${expected}\n`, stderr: '' })
    await sandbox.assertEmpty()
  }

  /** Runs a program that doesn't end by itself, until it has printed that; then ends it, and fails where it leaves something. */
  async assertPrints(args: readonly string[]): Promise<void> {
    await using sandbox = await Sandbox.create()
    const env = { ...cleanEnvironment(), ...sandbox.variables }
    const child = spawn(process.execPath, args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface(child.stdout)
    const signal = AbortSignal.timeout(60_000)
    for await (const [line] of on(lines, 'line', { signal, close: ['close'] })) if (line === expected) break
    child.kill('SIGINT')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal })
  }

  /** Runs tests, or what builds the project. It may leave files. */
  async assertPasses(args: readonly string[], options: RunOptions = {}): Promise<void> {
    const sandbox = await Sandbox.create()
    try {
      const { code, stdout, stderr } = await this.#run(args, sandbox, options)
      assert.equal(code, 0, stdout + stderr)
      await eventually('its processes have ended', () => sandbox.processes().length === 0 || undefined)
    } finally {
      await sandbox.remove()
    }
  }

  /** Runs a program, which must fail and say why. */
  async assertRefuses(args: readonly string[], why: RegExp, options: RunOptions = {}): Promise<void> {
    await using sandbox = await Sandbox.create()
    const { code, stderr } = await this.#run(args, sandbox, options)
    assert.match(stderr, why)
    assert.notEqual(code, 0)
  }

  #run(
    args: readonly string[],
    sandbox: Sandbox,
    { binary = process.execPath, env = {} }: RunOptions,
  ): Promise<Output> {
    return run(binary, args, this.folder, { ...sandbox.variables, ...env })
  }
}

function run(binary: string, args: readonly string[], cwd: string, env: Record<string, string>): Promise<Output> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`
  const options = { cwd, env: { ...cleanEnvironment(), PATH: path, ...env }, timeout: 60_000 }
  return new Promise((ended) =>
    execFile(binary, args, options, (error: ExecFileException | null, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1)
      ended({ code, stdout, stderr })
    }),
  )
}
