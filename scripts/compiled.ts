import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { bundle } from './bundle.ts'
import { mustRun } from './run.ts'

// Below the repository, so that packages are found from there, and none of what `npm run` looks at.
const parent = '.compiled'

/**
 * Runs `use` on a folder that has the library and the specs as JavaScript, and which is this process's own: others may
 * run the specs at the same time. It is removed after that; where it couldn't be, the next run removes it.
 */
export async function withCompiled<T>(use: (folder: string) => T): Promise<T> {
  removeAbandoned()
  const folder = `${parent}/${process.pid}`
  try {
    await compileInto(folder)
    return use(folder)
  } finally {
    remove(folder)
  }
}

async function compileInto(folder: string): Promise<void> {
  mustRun(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.specs.json', '--outDir', folder])
  // As users have it, so that processes start as soon; the specs of its parts import these by their own names.
  renameSync(`${folder}/lib`, `${folder}/modules`)
  await bundle(`${folder}/modules`, `${folder}/lib`, 'all')
  // By its own name a package can import itself.
  const exports = { '.': './lib/index.js', './extension': './lib/extension.js' }
  const manifest = { name: 'referent', type: 'module', exports }
  writeFileSync(`${folder}/package.json`, JSON.stringify(manifest))
}

function removeAbandoned(): void {
  if (!existsSync(parent)) return
  for (const pid of readdirSync(parent)) if (!isRunning(Number(pid))) remove(`${parent}/${pid}`)
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return Reflect.get(Object(error), 'code') !== 'ESRCH'
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
