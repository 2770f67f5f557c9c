// Makes dist/: the package as JavaScript, in few modules, and its types, module by module; and in dist/cjs/ the same for
// `require`.
import { rm, writeFile } from 'node:fs/promises'
import { bundle } from './bundle.ts'
import { mustRun } from './run.ts'

const compiled = '.built'

await Promise.all(['dist', compiled].map((folder) => rm(folder, { recursive: true, force: true })))
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
mustRun(process.execPath, [...tsc, '--outDir', compiled, '--declarationDir', 'dist'])
mustRun(process.execPath, [...tsc, '--outDir', compiled, '--declarationDir', 'dist/cjs', '--emitDeclarationOnly'])
await bundle(compiled, 'dist', 'public')
await bundle(compiled, 'dist/cjs', 'public', 'cjs')
await writeFile('dist/cjs/package.json', '{ "type": "commonjs" }\n')
await rm(compiled, { recursive: true })
