import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'rolldown'
import { findFiles } from './find-files.ts'
import { browserBundle, bundle, bundleParser, pageBundle } from '../rolldown.config.ts'

/** What a sample has that isn't compiled. */
const pages = ['index.html', 'client.js']

// Below the repository, so that packages are found from there, and none of what `npm run` looks at.
const parent = '.compiled'
const dayMs = 86_400_000

/**
 * A folder that has the library, the specs and the programs as JavaScript. It is named by what they were compiled from: a
 * run has it made once for as long as nothing is changed, and keeps its own where something is changed meanwhile.
 */
export async function compiled(): Promise<string> {
  const folder = `${parent}/${digestOf(['lib', 'spec', 'samples', 'bench', 'scripts'])}`
  if (!existsSync(folder)) await compileInto(folder)
  const now = new Date()
  utimesSync(folder, now, now)
  for (const name of readdirSync(parent)) removeUnused(`${parent}/${name}`)
  return folder
}

function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256')
  const config = ['tsconfig.json', 'tsconfig.specs.json', 'package-lock.json', 'rolldown.config.ts']
  const sources = findFiles(folders, '.ts')
  const copied = pages.map((name) => `samples/browser/${name}`)
  const page = findFiles(['inspector'], '').filter((file) => /\.(?:tsx?|css|html|json)$/.test(file))
  for (const file of [...config, ...copied, ...sources, ...page]) hash.update(file).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

async function compileInto(folder: string): Promise<void> {
  const making = `${folder}-${process.pid}`
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.specs.json', '--outDir', making]
  execFileSync(process.execPath, tsc, { stdio: 'inherit' })
  // As users have it, so that processes start as soon; the specs of its parts import these by their own names.
  renameSync(`${making}/lib`, `${making}/modules`)
  const modules = findFiles([`${making}/modules`], '.js')
    .map((file) => file.slice(`${making}/modules/`.length, -'.js'.length))
    .filter((module) => !module.endsWith('-main'))
  await build(bundle(`${making}/modules`, `${making}/lib`, modules, 'es'))
  await build(bundleParser(`${making}/lib`))
  // What a page loads.
  await build(browserBundle(`${making}/modules`, `${making}/browser`))
  await build(pageBundle(`${making}/lib`))
  for (const name of pages) cpSync(`samples/browser/${name}`, `${making}/samples/browser/${name}`)
  // By its own name a package can import itself.
  const exports = {
    '.': './lib/index.js',
    './extension': './lib/extension.js',
    './opentelemetry': './lib/opentelemetry.js',
    './browser': './browser/browser.js',
  }
  writeFileSync(`${making}/package.json`, JSON.stringify({ name: 'referent', type: 'module', exports }))
  // Whether or not they are installed yet.
  symlinkSync(resolve('bench/node_modules'), `${making}/bench/node_modules`, 'junction')
  if (!existsSync(folder)) renameSync(making, folder)
}

function removeUnused(folder: string): void {
  if (Date.now() - statSync(folder).mtimeMs > dayMs) rmSync(folder, { recursive: true, force: true })
}
