import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { type InputPluginOption, rollup } from 'rollup'
import { findFiles } from './find-files.ts'

/** The programs that this package starts. Each is looked for beside the module that starts it. */
const programs = ['manager/server-main', 'process/process-main', 'pool/worker-main']

/** What programs import. */
const entries = ['index', 'extension']

/** Helpers of the compiler look for themselves in a `this`, and of modules with nothing but types, nothing is left. */
const expected: ReadonlySet<string> = new Set(['THIS_IS_UNDEFINED', 'EMPTY_BUNDLE'])

/** What others import a module by, which is in the one with all others. */
const door = '\0door of '

/** Maps lead back to lib/, which the package has too. */
const reading: InputPluginOption = {
  name: 'what the compiler has written',
  resolveId: (id) => (id.startsWith(door) ? id : undefined),
  async load(id) {
    if (id.startsWith(door)) return `export * from ${JSON.stringify(id.slice(door.length))}`
    if (id.includes('node_modules')) return undefined
    return { code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') }
  },
}

/**
 * Puts what was compiled from lib/ into few modules: each process loads all of it, and to find, read and compile two
 * hundred modules takes twice as long as one of that size; under tsx, which has a look at each of them, still longer.
 * Each format has that dependency within it that it had better not load: ES modules have reflect-metadata, as Node looks
 * through the whole text of what is no ES module for its exports, a fifth of the time in which a process starts; those
 * for `require` have superjson, an ES module, which test runners with modules of their own, such as Jest, can't `require`.
 * @param folder where lib/ was compiled into
 * @param modules those that others may import: the package's own, or each by its name for the specs
 */
export async function bundle(
  folder: string,
  into: string,
  modules: 'public' | 'all',
  format: 'es' | 'cjs' = 'es',
): Promise<void> {
  const compiled = resolve(folder)
  const input: Record<string, string> = {}
  for (const file of findFiles([compiled], '.js').map((each) => resolve(each))) {
    const name = file.slice(compiled.length + 1, -'.js'.length)
    if (programs.includes(name)) input[name.slice(name.lastIndexOf('/') + 1)] = file
    else if (modules === 'all' || entries.includes(name)) input[name] = `${door}${file}`
  }
  const bundled = await rollup({
    input,
    external: format === 'es' ? /^(?:node:|superjson$)/ : /^(?:node:|reflect-metadata$)/,
    plugins: [reading, nodeResolve()],
    // All of it is wanted; and a decorated class has its name from a variable that nothing reads.
    treeshake: false,
    onwarn: ({ code = '', message }) => {
      if (!expected.has(code)) throw new Error(message)
    },
  })
  await bundled.write({
    dir: into,
    format,
    sourcemap: true,
    sourcemapExcludeSources: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    manualChunks: (id) => (Object.values(input).includes(id) ? undefined : 'referent'),
  })
  await bundled.close()
}
