import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Pool, Process } from 'referent'
import { passes } from '../decorators/passes.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'

leaveNothing()

/** Their promises depend on what a compiler makes of a class, or a loader of a module. By tsc they run with all others. */
const files = [
  'spec/codec/classes.spec.ts',
  'spec/call-site.spec.ts',
  'spec/decorators/standard.spec.ts',
  'spec/errors.spec.ts',
  'spec/registry.spec.ts',
]

describe('tsx', { timeout: 120_000 }, () => {
  it(`runs what keeps its promises: ${files.join(', ')}`, async () => {
    const program = files.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)}`).join('\n')
    await passes(['--import', 'tsx', '--input-type=module', '--eval', program])
  })

  it("runs the server and the children of a program that it runs, none of which is the program's own process", async () => {
    const sources = pathToFileURL('spec/main-module.spec.ts').href
    const { code, lines, stderr } = await Program.run('./main-module/is-main.ts', sources)
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
    const sources = pathToFileURL('spec/pool/pool.spec.ts').href
    const { code, lines, stderr } = await Program.run('./programs/pool.ts', sources, { args: ['threads', '1'] })
    assert.deepEqual([code, lines, stderr], [0, ['4,9'], ''])
  })
})
