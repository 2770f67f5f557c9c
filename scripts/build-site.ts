// Makes the documentation a site: `npm run docs:site`. Its tools are packages of `site/`, as they need another TypeScript.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mustRun } from './run.ts'
import { findDeadLinks } from './site/dead-links.ts'
import { collectPages } from './site/pages.ts'

const folder = 'site/pages'

rmSync(folder, { recursive: true, force: true })
for (const [path, text] of collectPages()) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
runTool('typedoc/bin/typedoc')
runTool('typescript/bin/tsc')
runTool('vitepress/bin/vitepress.js', 'build')

const dead = findDeadLinks('site/dist')
for (const link of dead) console.error(link)
if (dead.length > 0) throw new Error(`${dead.length} dead links`)

function runTool(bin: string, ...args: readonly string[]): void {
  mustRun(process.execPath, [`node_modules/${bin}`, ...args], { cwd: 'site' })
}
