import { cp, rm } from 'node:fs/promises'
import type { Project } from '../project.ts'
import type { Row } from '../row.ts'

interface Format {
  readonly format: 'ESM' | 'CommonJS'
  readonly isModule: boolean
  /** The bundle. */
  readonly output: string
}

const formats: readonly Format[] = [
  { format: 'ESM', isModule: true, output: 'out/main.mjs' },
  { format: 'CommonJS', isModule: false, output: 'out/main.cjs' },
]

const esbuild: Row[] = formats.map((format) => ({
  tool: 'esbuild',
  how: `${format.format} output`,
  setup: '`--platform=node --packages=external`',
  check: async (project) => {
    await bundleByEsbuild(project, format, ['--packages=external'])
    await project.assertRuns([format.output])
  },
}))

const rollup: Row[] = formats.flatMap((format) =>
  [false, true].map((preserveModules) => ({
    tool: 'rollup',
    how: `${format.format} output${preserveModules ? ', module by module' : ''}`,
    setup: "`external: ['referent']`",
    check: async (project: Project) => {
      await bundleByRollup(project, format, { preserveModules })
      await project.assertRuns([preserveModules ? 'out/main.js' : format.output])
    },
  })),
)

const vite: Row[] = formats.map((format) => ({
  tool: 'vite',
  how: `${format.format} output`,
  setup: '`build: { ssr: true }`',
  check: async (project) => {
    await bundleByVite(project, format)
    await project.assertRuns([format.output])
  },
}))

const webpack: Row[] = formats.flatMap((format) =>
  ['production', 'development', 'ungrouped'].map((kind) => ({
    tool: 'webpack',
    how: `${format.format} output, ${kind}`,
    setup: `\`externals: { referent: '${externalOf(format)}' }\`${kind === 'development' ? ", `devtool: 'source-map'`" : ''}`,
    check: async (project: Project) => {
      await bundleByWebpack(project, format, kind)
      await project.assertRuns([format.output])
    },
  })),
)

const advice = /referent must stay outside of a bundle, by esbuild's[^]*rollup[^]*webpack[^]*vite/

const bundledIn: Row[] = [
  {
    tool: 'esbuild',
    how: 'with the package in the bundle',
    setup: '`--packages=external`, as the error says',
    isRefused: true,
    check: async (project) => {
      for (const format of formats) {
        await bundleByEsbuild(project, format, [])
        await project.assertRefuses([format.output], advice)
      }
    },
  },
  {
    tool: 'vite',
    how: 'with the package in the bundle (`ssr: { noExternal: true }`)',
    setup: 'no `noExternal`, as the error says',
    isRefused: true,
    check: async (project) => {
      for (const format of formats) {
        await bundleByVite(project, format, { ssr: { noExternal: true } })
        await project.assertRefuses([format.output], advice)
      }
    },
  },
  {
    tool: 'webpack',
    how: 'with the package in the bundle, on another machine than that of the build',
    setup: '`externals`, as the error says',
    isRefused: true,
    check: async (project) => {
      for (const name of ['referent', 'superjson', 'reflect-metadata', 'copy-anything'])
        await cp(project.module(name), project.path('node_modules', name), { recursive: true })
      for (const format of formats) await bundleByWebpack(project, format, 'development', {})
      await rm(project.path('node_modules'), { recursive: true })
      for (const format of formats) await project.assertRefuses([format.output], advice)
    },
  },
]

export const bundlers: readonly Row[] = [...esbuild, ...rollup, ...vite, ...webpack, ...bundledIn]

async function bundleByEsbuild(project: Project, { isModule, output }: Format, args: readonly string[]): Promise<void> {
  await project.addPrograms('ts')
  const format = `--format=${isModule ? 'esm' : 'cjs'}`
  await project.tool('esbuild', 'src/main.ts', '--bundle', '--platform=node', format, `--outfile=${output}`, ...args)
}

async function bundleByRollup(
  project: Project,
  { isModule, output }: Format,
  { preserveModules }: { preserveModules: boolean },
): Promise<void> {
  await project.addPrograms('js')
  const target = preserveModules ? { dir: 'out', preserveModules } : { file: output }
  const config = {
    input: 'src/main.js',
    external: ['referent'],
    output: { ...target, format: isModule ? 'es' : 'cjs' },
  }
  if (preserveModules) await project.write('out/package.json', { type: isModule ? 'module' : 'commonjs' })
  await project.write('rollup.config.js', `export default ${JSON.stringify(config)}`)
  await project.tool('rollup', '--config')
}

async function bundleByVite(project: Project, { isModule, output }: Format, more: object = {}): Promise<void> {
  await project.addPrograms('ts')
  const rollupOptions = {
    input: 'src/main.ts',
    output: { format: isModule ? 'es' : 'cjs', entryFileNames: output.replace('out/', '') },
  }
  await project.write(
    'vite.config.js',
    `export default ${JSON.stringify({ build: { ssr: true, outDir: 'out', rollupOptions }, ...more })}`,
  )
  await project.tool('vite', 'build')
}

async function bundleByWebpack(
  project: Project,
  format: Format,
  kind: string,
  externals: object = { referent: externalOf(format) },
): Promise<void> {
  const { isModule, output } = format
  await project.addPrograms('js')
  const config = {
    mode: kind === 'development' ? 'development' : 'production',
    ...(kind === 'development' ? { devtool: 'source-map' } : {}),
    target: 'node',
    entry: './src/main.js',
    externals,
    experiments: { outputModule: isModule },
    optimization: kind === 'ungrouped' ? { concatenateModules: false } : {},
    output: {
      path: project.path('out'),
      filename: output.replace('out/', ''),
      module: isModule,
      library: { type: isModule ? 'module' : 'commonjs2' },
    },
  }
  await project.write('webpack.config.js', `export default ${JSON.stringify(config)}`)
  await project.tool('webpack-cli')
}

function externalOf({ isModule }: Format): string {
  return `${isModule ? 'module' : 'commonjs'} referent`
}
