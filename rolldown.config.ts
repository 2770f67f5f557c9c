import { readdir, readFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { BuildOptions, Plugin } from 'rolldown'

/** What the package exports. */
const exported = ['index', 'extension', 'opentelemetry']

/** The programs that this package starts. Each is looked for beside the module that starts it. */
const programs = ['manager/server-main', 'process/process-main', 'pool/worker-main']

/** What is loaded when somebody wants it. */
const late = ['inspector/inspector-main']

/** The command line, and the program that it starts. Nobody requires them. */
const commands = ['cli/cli-main', 'cli/serve-main']

/** The parser of the command line. */
const parser = 'commander'

/**
 * Puts what tsc compiled from lib/ into one module, with a small one for each that others import, and for each program: a
 * process loads all of it, and to find, read and compile two hundred modules takes twice as long as one of that size; under
 * tsx, which has a look at each of them, still longer.
 * ES modules have the dependencies within: superjson is thirteen modules more, and through the whole text of reflect-metadata
 * Node looks for its exports, as it is no ES module; each takes a twentieth of the time in which a process starts. Modules for
 * `require` have superjson, an ES module, which test runners with modules of their own, such as Jest, can't `require`.
 * @param modules those that others import
 */
export function bundle(from: string, to: string, modules: readonly string[], format: 'es' | 'cjs'): BuildOptions {
  const fileOf = (module: string) => `./${from}/${module}.js`
  return {
    input: Object.fromEntries<string>([
      ...modules.map((module) => [module, fileOf(module)] as const),
      ...[...programs, ...late, ...(format === 'es' ? commands : [])].map(
        (program) => [basename(program), fileOf(program)] as const,
      ),
    ]),
    // `node` gives CommonJS its `import.meta.url`, and ES modules one more module.
    platform: format === 'es' ? 'neutral' : 'node',
    external:
      format === 'es' ? /^(?:node:|commander$|@opentelemetry\/)/ : /^(?:node:|reflect-metadata$|@opentelemetry\/)/,
    // All of it is wanted; and a decorated class has its name from a variable that nothing reads.
    treeshake: false,
    // How long a busy machine takes is no defect of the bundle.
    checks: { bundlerTimings: false },
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message)
    },
    plugins: [
      { name: 'the maps of tsc lead to lib/', load: { filter: { id: /^(?!.*node_modules)/ }, handler: withMap } },
      licensesIn('licenses.txt'),
    ],
    output: {
      dir: to,
      format,
      sourcemap: true,
      sourcemapExcludeSources: true,
      comments: { legal: true, annotation: false, jsdoc: false },
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      strict: true,
      paths: { [parser]: `./${parser}.js` },
      codeSplitting: {
        groups: [
          { name: 'dynamic-import', test: /\/dynamic-import\.js$/, priority: 2 },
          // Programs that are no command load nothing of this.
          { name: 'cli', test: /\/(?:\.built|modules)\/cli\/(?!.*-main\.js$)/ },
          // Nor programs that open no inspector of that.
          { name: 'inspector', test: /\/(?:\.built|modules)\/inspector\/(?!(?:open|inspector-options|.*-main)\.js$)/ },
          // Nor programs that don't import it of that for OpenTelemetry, whose API may not be installed.
          {
            name: 'referent',
            test: /^(?!.*(?:-main\.js$|\/(?:\.built|modules)\/(?:cli\/|opentelemetry|inspector\/(?!(?:open|inspector-options)\.js$))))/,
            priority: 1,
          },
        ],
      },
    },
    experimental: { attachDebugInfo: 'none' },
  }
}

/** Makes the parser of the command line one module beside it. It is CommonJS: in one module with all else it would add one more. */
export function bundleParser(to: string): BuildOptions {
  return {
    input: { [parser]: parser },
    platform: 'node',
    external: /^node:/,
    plugins: [licensesIn('licenses-cli.txt')],
    output: {
      dir: to,
      format: 'es',
      entryFileNames: '[name].js',
      comments: { legal: true, annotation: false, jsdoc: false },
    },
  }
}

/** Writes those of the packages within, which have to go where these go. */
function licensesIn(fileName: string): Plugin {
  return {
    name: 'licenses',
    async generateBundle() {
      const inPackage = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/
      const folders = new Set([...this.getModuleIds()].flatMap((id) => inPackage.exec(id)?.[0] ?? []))
      const source = (await Promise.all([...folders].toSorted().map(licenseOf))).join('\n\n')
      this.emitFile({ type: 'asset', fileName, source })
    },
  }
}

/** What stands in a browser in the place of what Node has. */
const standIns = new Map([
  ['platform/node.js', 'platform/browser.js'],
  ['transport/open.js', 'transport/browser-open.js'],
])

/** One module for browsers, with all that it needs within, as small as it can be. */
export function browserBundle(from: string, to: string): BuildOptions {
  const root = resolve(from)
  return {
    input: { browser: `./${from}/browser.js` },
    platform: 'browser',
    checks: { bundlerTimings: false },
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message)
    },
    plugins: [
      {
        name: 'a browser in the place of Node',
        async resolveId(source, importer, options) {
          // What a browser doesn't call of them is left out, and with it these.
          if (source.startsWith('node:')) return { id: source, external: true, moduleSideEffects: false }
          const found = await this.resolve(source, importer, { ...options, skipSelf: true })
          const standIn = standIns.get(relative(root, found?.id ?? ''))
          return standIn === undefined ? found : join(root, standIn)
        },
      },
      { name: 'the maps of tsc lead to lib/', load: { filter: { id: /^(?!.*node_modules)/ }, handler: withMap } },
      licensesIn('licenses-browser.txt'),
    ],
    output: {
      dir: to,
      format: 'es',
      sourcemap: true,
      sourcemapExcludeSources: true,
      comments: { legal: true, annotation: false, jsdoc: false },
      entryFileNames: '[name].js',
      minify: true,
    },
    experimental: { attachDebugInfo: 'none' },
  }
}

/** The page of the inspector, as small as it can be, with all that it needs. */
export function pageBundle(to: string): BuildOptions {
  return {
    input: { page: './inspector/page.tsx' },
    platform: 'browser',
    tsconfig: './inspector/tsconfig.json',
    checks: { bundlerTimings: false },
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(message)
    },
    plugins: [
      {
        name: 'what of the page is no script',
        async generateBundle() {
          const styles = ['node_modules/uplot/dist/uPlot.min.css', 'inspector/page.css']
          const css = (await Promise.all(styles.map((file) => readFile(file, 'utf8')))).join('\n')
          this.emitFile({ type: 'asset', fileName: 'page.css', source: css })
          this.emitFile({
            type: 'asset',
            fileName: 'index.html',
            source: await readFile('inspector/index.html', 'utf8'),
          })
        },
      },
      licensesIn('licenses.txt'),
    ],
    output: {
      dir: `${to}/inspector`,
      format: 'es',
      comments: { legal: true, annotation: false, jsdoc: false },
      entryFileNames: '[name].js',
      minify: true,
    },
    experimental: { attachDebugInfo: 'none' },
  }
}

async function licenseOf(folder: string): Promise<string> {
  const file = (await readdir(folder)).find((name) => /^licen[cs]e/i.test(name))
  if (file === undefined) throw new Error(`${folder} has no license to go with the package`)
  return `${basename(folder)}\n\n${await readFile(`${folder}/${file}`, 'utf8')}`
}

async function withMap(id: string): Promise<{ code: string; map: string }> {
  return { code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') }
}

export default [
  bundle('.built', 'dist', exported, 'es'),
  bundle('.built', 'dist/cjs', exported, 'cjs'),
  bundleParser('dist'),
  browserBundle('.built', 'dist'),
  pageBundle('dist'),
]
