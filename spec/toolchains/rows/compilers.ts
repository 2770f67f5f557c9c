import type { Project } from '../project.ts'
import type { Row } from '../row.ts'

export const compilers: readonly Row[] = [
  {
    tool: 'tsc',
    how: 'ESM',
    setup: '`"module": "nodenext"`, `"type": "module"` in package.json',
    check: async (project) => {
      await project.addPrograms('ts')
      await compile(project, { module: 'nodenext' })
      await project.assertRuns(['out/main.js'])
    },
  },
  {
    tool: 'tsc',
    how: 'CommonJS',
    setup: '`"module": "nodenext"`, `"type": "commonjs"` in package.json; `isMain()`, as CommonJS has no `import.meta`',
    check: async (project) => {
      await project.addPrograms('ts')
      await makeCommonJs(project)
      await compile(project, { module: 'nodenext' })
      await project.assertRuns(['out/main.js'])
    },
  },
  {
    tool: 'tsc',
    how: "NestJS-like: `emitDecoratorMetadata`, and the container's own decorators",
    setup: '`"experimentalDecorators": true, "emitDecoratorMetadata": true`',
    check: async (project) => {
      await project.addPrograms('ts')
      await makeCommonJs(project)
      await compile(project, { module: 'nodenext', experimentalDecorators: true, emitDecoratorMetadata: true })
      await project.assertRuns(['out/nest.js'])
    },
  },
  {
    tool: 'tsx',
    how: 'ESM',
    setup: 'nothing; also `node --import tsx`',
    check: async (project) => {
      await project.addPrograms('ts')
      await project.assertRuns([project.module('tsx/dist/cli.mjs'), 'src/main.ts'])
      await project.assertRuns(['--import', 'tsx', 'src/main.ts'])
    },
  },
  {
    tool: 'tsx',
    how: 'CommonJS',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('ts')
      await project.write('package.json', { name: 'app', type: 'commonjs' })
      await project.assertRuns([project.module('tsx/dist/cli.mjs'), 'src/main.ts'])
    },
  },
  {
    tool: 'tsx',
    how: '`tsx watch`',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('ts')
      await project.assertPrints([project.module('tsx/dist/cli.mjs'), 'watch', '--clear-screen=false', 'src/main.ts'])
    },
  },
  ...(['es6', 'commonjs'] as const).map((type) => ({
    tool: 'swc',
    how: type === 'es6' ? 'ESM' : 'CommonJS',
    setup: type === 'es6' ? 'nothing' : '`isMain()`, as CommonJS has no `import.meta`',
    check: async (project: Project) => {
      await project.addPrograms('ts')
      if (type === 'commonjs') await makeCommonJs(project)
      await project.write('build.mjs', swcBuild(type))
      await project.assertPasses(['build.mjs'])
      await project.assertRuns(['out/main.js'])
    },
  })),
]

/** Makes of the programs what a compiler takes that writes CommonJS, which has no `import.meta`. */
async function makeCommonJs(project: Project): Promise<void> {
  await project.write('package.json', { name: 'app', type: 'commonjs' })
  await project.edit('src/main.ts', (code) => code.replace('import.meta', ''))
}

async function compile(project: Project, options: object): Promise<void> {
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    rewriteRelativeImportExtensions: true,
    rootDir: 'src',
    outDir: 'out',
    types: ['node'],
    ...options,
  }
  const isNest = 'emitDecoratorMetadata' in options
  await project.write('tsconfig.json', {
    compilerOptions,
    include: ['src/main.ts', ...(isNest ? ['src/nest.ts'] : [])],
  })
  await project.tool('tsc')
}

function swcBuild(type: string): string {
  return `
    import { transformFileSync } from '@swc/core'
    import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
    mkdirSync('out')
    for (const name of readdirSync('src').filter((name) => name !== 'nest.ts')) {
      const jsc = { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' }
      const { code } = transformFileSync('src/' + name, { jsc, module: { type: '${type}' } })
      writeFileSync('out/' + name.replace(/ts$/, 'js'), code.replaceAll(/(["']\\.\\/\\w+)\\.ts/g, '$1.js'))
    }`
}
