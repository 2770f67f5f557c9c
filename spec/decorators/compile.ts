import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { passes } from './passes.ts'

const root = resolve('.')

/**
 * Compiles files of this repository with tsc, and with them all that they import, into a folder of their own, where
 * they lie as they do here. Disposing removes the folder.
 */
export async function compile(
  files: readonly string[],
  options: object,
): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'referent-spec-'))
  const remove = () => rm(folder, { recursive: true })
  try {
    await compileInto(folder, files, options)
  } catch (error) {
    await remove()
    throw error
  }
  return { folder, [Symbol.asyncDispose]: remove }
}

async function compileInto(folder: string, files: readonly string[], options: object): Promise<void> {
  const compilerOptions = { noEmit: false, rootDir: root, outDir: folder, ...options }
  const project = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    files: files.map((file) => join(root, file)),
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ ...project, include: [] }))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await passes([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
}
