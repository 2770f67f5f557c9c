import type { Project } from '../project.ts'
import type { Row } from '../row.ts'

const jestTransforms = {
  'ts-jest': { '^.+\\.ts$': ['ts-jest', { diagnostics: false, tsconfig: { module: 'commonjs', target: 'es2022' } }] },
  '@swc/jest': { '^.+\\.ts$': '@swc/jest' },
}

const jest: Row[] = Object.entries(jestTransforms).map(([tool, transform]) => ({
  tool,
  how: "in Jest's default CommonJS mode",
  setup: '`tsx` installed beside, by which servers and children import TypeScript',
  check: async (project) => {
    await addTests(project, '')
    await project.write('package.json', { name: 'app', type: 'commonjs' })
    // As sources are written for it: imports without an extension.
    for (const file of ['counter', 'work'])
      await project.edit(`src/${file}.ts`, (code) => code.replaceAll(/(from '\.\/\w+)\.ts'/g, "$1'"))
    await project.edit('src/app.test.ts', (code) => code.replaceAll(/(from '\.\/\w+)\.ts'/g, "$1'"))
    await project.write('jest.config.json', { transform, testMatch: ['**/*.test.ts'] })
    await project.assertPasses([project.module('jest/bin/jest.js'), '--ci'])
  },
}))

export const runners: readonly Row[] = [
  ...jest,
  {
    tool: 'vitest',
    how: 'functions and classes imported from other files',
    setup: '`tsx` installed beside, by which servers and children import TypeScript',
    check: async (project) => {
      await addTests(project, "import { expect, test } from 'vitest'")
      for (const pool of ['forks', 'threads'])
        await project.assertPasses([project.module('vitest/vitest.mjs'), 'run', `--pool=${pool}`])
    },
  },
  {
    tool: 'node:test',
    how: 'through tsx',
    setup: '`node --import tsx --test`',
    check: async (project) => {
      await addTests(project, "import test from 'node:test'\nimport { expect } from './expect.ts'")
      await project.write('src/expect.ts', expectModule)
      await project.assertPasses(['--import', 'tsx', '--test', 'src/app.test.ts'])
    },
  },
]

/** Adds tests that call what is in the programs. */
async function addTests(project: Project, imports: string): Promise<void> {
  await project.addPrograms('ts')
  await project.write('src/app.test.ts', `${imports}\n${testModule}`)
}

const testModule = `
import { Manager, Pool, Process } from 'referent'
import { Counter } from './counter.ts'
import { addOne, square } from './work.ts'

test('a server hosts a class, and a child calls it', async () => {
  const manager = await Manager.start()
  const counter = await manager.create(Counter, 10)
  const child = new Process(addOne, [counter])
  child.start()
  expect(await child.join()).toBe(0)
  expect(await counter.total()).toBe(11)
  const failure = await counter.add(1n as never).catch((error) => error)
  expect(failure instanceof TypeError).toBe(true)
  await manager.close()
}, 30_000)

test('a pool calls functions, and shared types hold what is in them', async () => {
  const pool = new Pool({ processes: 1 })
  expect(await pool.apply(square, [3])).toBe(9)
  await pool.close()
}, 30_000)
`

const expectModule = `
import assert from 'node:assert/strict'
export const expect = (value: unknown) => ({ toBe: (other: unknown) => assert.equal(value, other) })
`
