import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { pack } from '../package/pack.ts'
import { Project } from './project.ts'

const execute = promisify(execFile)
const pins = resolve('spec/toolchains')

/** A folder with projects of users, which have the packed package, and all tools, as npm would have installed them. */
export class Workshop implements AsyncDisposable {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<Workshop> {
    const tools = await installTools()
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'toolchains-')))
    const workshop = new Workshop(folder)
    try {
      await installPackage(folder)
      await linkTools(tools, join(folder, 'node_modules'))
      return workshop
    } catch (error) {
      await workshop[Symbol.asyncDispose]()
      throw error
    }
  }

  /** A project of its own, in a folder of that name. */
  async project(name: string): Promise<Project> {
    const folder = join(this.folder, name)
    await mkdir(folder, { recursive: true })
    const project = new Project(folder, this.folder)
    await project.write('package.json', { name: 'app', private: true, type: 'module' })
    return project
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, maxRetries: 3 })
  }
}

/** Installs the tools at their pinned versions, once for as long as these are the same; returns their node_modules. */
async function installTools(): Promise<string> {
  const lock = await readFile(join(pins, 'package-lock.json'))
  const cache = resolve('node_modules/.cache/toolchains', createHash('sha256').update(lock).digest('hex').slice(0, 12))
  const modules = join(cache, 'node_modules')
  if (existsSync(join(cache, 'installed'))) return modules
  await mkdir(cache, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(pins, file), join(cache, file))
  await npm(cache, ['ci', '--prefer-offline', '--no-audit', '--no-fund'])
  await writeFile(join(cache, 'installed'), '')
  return modules
}

async function installPackage(folder: string): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await npm(folder, ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', pack(folder)])
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  await execute('npm', args, { cwd })
}

/** Links each package of `from`, but those that `to` has. */
async function linkTools(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (name.startsWith('@')) {
      await mkdir(join(to, name), { recursive: true })
      await linkTools(join(from, name), join(to, name))
    } else if (!existsSync(join(to, name)) && !['.bin', '.package-lock.json'].includes(name)) {
      await symlink(join(from, name), join(to, name), 'junction')
    }
  }
  if (existsSync(join(from, '.bin'))) await cp(join(from, '.bin'), join(to, '.bin'), { recursive: true })
}
