// Makes dist/: the package as JavaScript, in as few modules as its entries allow, and its types, module by module.
// Each process loads all of it, and to find, read and compile two hundred modules takes twice as long as one of that
// size; under tsx, which has a look at each of them, still longer.
import { readFile, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type InputPluginOption, rollup } from 'rollup'
import { mustRun } from './run.ts'

const compiled = resolve('.built')
/** By their names in dist/, which is flat: each is looked for beside the module that starts it. */
const entries = {
  index: `${compiled}/index.js`,
  'server-main': `${compiled}/manager/server-main.js`,
  'process-main': `${compiled}/process/process-main.js`,
  'worker-main': `${compiled}/process/pool/worker-main.js`,
}

await Promise.all(['dist', compiled].map((folder) => rm(folder, { recursive: true, force: true })))
mustRun(process.execPath, [
  'node_modules/typescript/bin/tsc',
  ...['-p', 'tsconfig.build.json', '--outDir', compiled, '--declarationDir', 'dist'],
])

/** Maps lead back to lib/, which the package has too. */
const withMaps: InputPluginOption = {
  name: 'maps of the compiler',
  load: async (id) => ({ code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') }),
}

const bundle = await rollup({
  input: entries,
  external: /^[a-z]/,
  plugins: [withMaps],
  // All of it is wanted; and a decorated class has its name from a variable that nothing reads.
  treeshake: false,
  onwarn: (warning) => {
    // A helper of the compiler looks for itself there.
    if (warning.code !== 'THIS_IS_UNDEFINED') throw new Error(warning.message)
  },
})
await bundle.write({
  dir: 'dist',
  format: 'es',
  sourcemap: true,
  sourcemapExcludeSources: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  // All that isn't an entry.
  manualChunks: (id) => (Object.values(entries).includes(id) ? undefined : 'referent'),
})
await bundle.close()
await rm(compiled, { recursive: true })
