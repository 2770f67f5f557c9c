import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { pack } from './pack.ts'

/** Two projects of users, outside the repository, with the packed package installed from its tarball. */
export interface Projects extends AsyncDisposable {
  /** Has TypeScript, Node's types and tsx as well. */
  readonly typed: string
  /** Has the package and its dependencies only. */
  readonly plain: string
}

/** Packs the package, installs it once, and copies that into the second project. Disposing removes both. */
export async function createProjects(): Promise<Projects> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'consumer-')))
  const dispose = (): Promise<void> => rm(root, { recursive: true })
  const [typed, plain] = [join(root, 'typed'), join(root, 'plain')]
  try {
    await createPlain(plain, pack(root))
    await createTyped(typed, plain)
  } catch (error) {
    await dispose()
    throw error
  }
  return { typed, plain, [Symbol.asyncDispose]: dispose }
}

async function createPlain(folder: string, tarball: string): Promise<void> {
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball]
  // npm is a script that Windows finds through its shell only.
  await promisify(execFile)('npm', args, { cwd: folder, shell: process.platform === 'win32' })
}

async function createTyped(folder: string, plain: string): Promise<void> {
  await cp(plain, folder, { recursive: true })
  await mkdir(join(folder, 'node_modules/@types'))
  // Linked, not installed: they are what the repository was tested with, and large.
  for (const name of ['typescript', 'tsx', '@types/node']) {
    await symlink(resolve('node_modules', name), join(folder, 'node_modules', name), 'junction')
  }
}
