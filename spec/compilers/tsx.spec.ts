import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Pool, Process } from 'referent'
import { passes } from '../decorators/passes.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { type Ending, Program } from '../harness/program.ts'

leaveNothing()

/** Their promises depend on what a compiler makes of a class, or a loader of a module. By tsc they run with all others. */
const files = [
  'spec/codec/classes.spec.ts',
  'spec/call-site.spec.ts',
  'spec/decorators/standard.spec.ts',
  'spec/errors.spec.ts',
  'spec/registry.spec.ts',
]

/** They run in a project of their own, which has the package compiled, as users have it. */
const programs = ['main-module/is-main.ts', 'main-module/starts.ts', 'main-module/teller.ts', 'pool/programs/pool.ts']

describe('tsx', { timeout: 120_000 }, () => {
  let project: string

  before(async () => {
    project = await mkdtemp(join(await realpath(tmpdir()), 'project-'))
    for (const program of programs) await copyFile(join('spec', program), join(project, basename(program)))
    await writeFile(join(project, 'package.json'), '{ "type": "module" }')
    await mkdir(join(project, 'node_modules'))
    await symlink(resolve('node_modules/tsx'), join(project, 'node_modules/tsx'), 'junction')
    const compiledPackage = fileURLToPath(new URL('../../', import.meta.url))
    await symlink(compiledPackage, join(project, 'node_modules/referent'), 'junction')
  })
  after(() => rm(project, { recursive: true }))

  function runInProject(program: string, ...args: string[]): Promise<Ending> {
    return Program.run(`./${program}`, pathToFileURL(join(project, 'main.ts')).href, { args, cwd: project })
  }

  it(`runs what keeps its promises: ${files.join(', ')}`, async () => {
    const program = files.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)}`).join('\n')
    await passes(['--import', 'tsx', '--input-type=module', '--eval', program])
  })

  it("runs the server and the children of a program that it runs, none of which is the program's own process", async () => {
    const { code, lines, stderr } = await runInProject('is-main.ts')
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(lines.toSorted(), ['child false', 'program true', 'server false', 'start', 'start', 'start'])
  })

  it('runs the sources of the ready-made types, also in the server', async () => {
    const sources = pathToFileURL('spec/compilers/tsx.spec.ts').href
    const { code, lines, stderr } = await Program.run('./ready-made.ts', sources)
    assert.deepEqual([code, lines, stderr], [0, ['increment: 2, compute: 4, queue: a'], ''])
  })

  it('runs a child that is to import TypeScript, also where the program that starts it is JavaScript', async () => {
    const child = new Process({ module: pathToFileURL('spec/process/work.ts').href, name: 'exitWith' }, [7] as never)
    child.start()
    assert.equal(await child.join(), 7)
  })

  it('runs threads that are to import TypeScript, whatever the program is that starts them', async () => {
    const module = pathToFileURL('spec/pool/work.ts').href
    await using pool = new Pool({ threads: 1 })
    assert.equal(await pool.apply({ module, name: 'square' }, [7]), 49)
    const { code, lines, stderr } = await runInProject('pool.ts', 'threads', '1')
    assert.deepEqual([code, lines, stderr], [0, ['4,9'], ''])
  })
})
