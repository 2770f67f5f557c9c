// Makes dist/: the package as JavaScript, in few modules, and its types, module by module.
import { rm } from 'node:fs/promises'
import { bundle } from './bundle.ts'
import { mustRun } from './run.ts'

const compiled = '.built'

await Promise.all(['dist', compiled].map((folder) => rm(folder, { recursive: true, force: true })))
mustRun(process.execPath, [
  'node_modules/typescript/bin/tsc',
  ...['-p', 'tsconfig.build.json', '--outDir', compiled, '--declarationDir', 'dist'],
])
await bundle(compiled, 'dist', 'index')
await rm(compiled, { recursive: true })
