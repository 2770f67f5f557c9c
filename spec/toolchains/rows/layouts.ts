import { cp, mkdir, rename, symlink } from 'node:fs/promises'
import type { Project } from '../project.ts'
import type { Row } from '../row.ts'

const tsx = 'tsx/dist/cli.mjs'

export const layouts: readonly Row[] = [
  {
    tool: 'like pnpm',
    how: 'node_modules of links into a store',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('ts')
      const store = 'node_modules/.pnpm/referent@0.1.0/node_modules'
      await mkdir(project.path(store), { recursive: true })
      for (const name of ['referent', 'superjson', 'reflect-metadata', 'copy-anything'])
        await cp(project.module(name), project.path(store, name), { recursive: true })
      await symlink('.pnpm/referent@0.1.0/node_modules/referent', project.path('node_modules/referent'), 'junction')
      await project.assertRuns([project.module(tsx), 'src/main.ts'])
    },
  },
  {
    tool: 'workspaces',
    how: 'a monorepo: classes and functions from a linked package',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('js')
      await project.write('packages/shared/package.json', {
        name: '@app/shared',
        type: 'module',
        exports: { './*': './*.js' },
      })
      for (const name of ['counter', 'work'])
        await rename(project.path(`src/${name}.js`), project.path(`packages/shared/${name}.js`))
      await mkdir(project.path('node_modules/@app'), { recursive: true })
      await symlink('../../packages/shared', project.path('node_modules/@app/shared'), 'junction')
      await project.edit('src/main.js', (code) => code.replaceAll(/"\.\/(counter|work)\.js"/g, '"@app/shared/$1"'))
      await project.assertRuns(['src/main.js'])
    },
  },
  {
    tool: 'any',
    how: 'a path with spaces and letters beyond ASCII',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('js')
      await rename(project.path('src'), project.path('the source é % #1'))
      await project.assertRuns(['the source é % #1/main.js'])
    },
  },
  {
    tool: 'any',
    how: 'a program reached by a link',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('js')
      await symlink('src', project.path('linked'), 'junction')
      await project.assertRuns(['linked/main.js'])
    },
  },
  {
    tool: 'any',
    how: 'a temporary folder that nobody can write to',
    setup: '`Manager.start({ address })` where it can; without, it says so',
    check: async (project) => {
      await project.addPrograms('js')
      await project.write('file', '')
      const env = { TMPDIR: project.path('file/in') }
      await project.assertRefuses(['src/main.js'], /have TMPDIR name a folder .*, or give an address/, { env })
      const address = '{ address: `unix:${process.cwd()}/app.sock` }'
      await project.edit('src/main.js', (code) => code.replace('Manager.start()', `Manager.start(${address})`))
      await project.assertRuns(['src/main.js'], { env })
    },
  },
  {
    tool: 'like Next.js',
    how: 'a module that is evaluated again on a hot reload',
    setup: 'nothing',
    check: async (project) => {
      await project.addPrograms('js')
      await project.write('src/reload.js', reloading)
      await project.assertRuns(['src/reload.js'])
    },
  },
  {
    tool: 'like Electron',
    how: '`fork` with an `execPath` of its own',
    setup: 'nothing',
    check: async (project: Project) => {
      await project.addPrograms('js')
      await symlink(process.execPath, project.path('electron'))
      await project.write('src/app.js', forking)
      await project.assertRuns(['src/app.js'])
    },
  },
  {
    tool: 'any',
    how: 'both builds in one process: proxies, errors and decorators of one are those of the other',
    setup: 'nothing',
    check: async (project) => {
      await project.write('src/both.js', both)
      await project.assertRuns(['src/both.js'])
    },
  },
]

const reloading = `
import { isMain, Manager, Process } from 'referent'
import { addOne } from './work.js'

async function main() {
  const manager = await Manager.start()
  for (const version of [1, 2]) {
    const { Counter } = await import('./counter.js?version=.ts.ts.ts.ts' + version)
    const counter = await manager.create(Counter, 10)
    const isElsewhere = (await counter.pid()) !== process.pid
    const child = new Process(addOne, [counter])
    child.start()
    const code = await child.join()
    if (version === 2) console.log(JSON.stringify({ isElsewhere, code, total: await counter.total(), squares: [9, 16] }))
  }
  await manager.close()
}

if (isMain(import.meta)) void main()
`

const forking = `
import { fork } from 'node:child_process'

const child = fork(new URL('./main.js', import.meta.url), [], { execPath: './electron', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } })
child.on('exit', (code) => (process.exitCode = code))
`

const both = `
import { createRequire } from 'node:module'
import * as esm from 'referent'

const cjs = createRequire(import.meta.url)('referent')

export class Tally {
  count = 10
  add(by) {
    return (this.count += by)
  }
  total() {
    return this.count
  }
  fail() {
    throw new esm.ManagerError('FORBIDDEN', 'not so')
  }
  pid() {
    return process.pid
  }
}
for (const name of ['add', 'total', 'fail', 'pid']) {
  cjs.Exposed(Tally.prototype, name, Object.getOwnPropertyDescriptor(Tally.prototype, name))
}
esm.Shared()(Tally)

export async function addOne(tally) {
  await tally.add(1)
}

export function square(side) {
  return side * side
}

if (cjs.isMain(import.meta) && esm.isMain(import.meta)) {
  const manager = await cjs.Manager.start()
  const tally = await manager.create(Tally)
  const isElsewhere = (await tally.pid()) !== process.pid
  const child = new esm.Process(addOne, [tally])
  child.start()
  const code = await child.join()
  const other = await esm.attach(cjs.refOf(tally))
  const failure = await other.fail().catch((error) => error)
  if (!(failure instanceof esm.ManagerError && failure instanceof cjs.ManagerError)) throw failure
  const pools = [new esm.Pool({ processes: 1 }), new cjs.Pool({ processes: 1 })]
  const squares = [await pools[0].apply(square, [3]), await pools[1].apply(square, [4])]
  await Promise.all(pools.map((pool) => pool.close()))
  console.log(JSON.stringify({ isElsewhere, code, total: await other.total(), squares }))
  await manager.close()
}
`
