import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { compile } from './compile.ts'
import { passes } from './passes.ts'

const files = ['spec/decorators/contract.ts', 'spec/decorators/refused-by-types.ts']

describe('decorators, compiled by tsc and run by Node alone', { timeout: 120_000 }, () => {
  let standard: Awaited<ReturnType<typeof compile>>

  before(async () => (standard = await compile(files, {})))
  after(() => standard[Symbol.asyncDispose]())

  it('keep the contract: standard', () => keepContract(standard.folder, 'standard'))

  it('keep the contract: legacy', async () => {
    await using legacy = await compile(files, { experimentalDecorators: true })
    await keepContract(legacy.folder, 'legacy')
  })

  it('agree with another copy of the package in the same process', async () => {
    const other = `${standard.folder}-other`
    await cp(standard.folder, other, { recursive: true, verbatimSymlinks: true })
    try {
      await run(standard.folder, agreement(other))
    } finally {
      await rm(other, { recursive: true })
    }
  })
})

function keepContract(folder: string, mode: 'standard' | 'legacy'): Promise<void> {
  return run(folder, `import('./spec/decorators/contract.js').then((m) => m.decoratorContract('${mode}'))`)
}

async function run(folder: string, program: string): Promise<void> {
  await writeFile(join(folder, 'run.js'), program)
  await passes([join(folder, 'run.js')])
}

/** A program that decorates with this copy of the package and looks from the one in `other`. */
function agreement(other: string): string {
  return `
    import assert from 'node:assert/strict'
    import { pathToFileURL } from 'node:url'
    import { Sample } from './spec/decorators/fixture.js'
    import { membersOf } from './lib/decorators/metadata.js'
    const load = (path) => import(pathToFileURL(${JSON.stringify(other)} + '/lib/' + path).href)
    const { membersOf: seenFromThere } = await load('decorators/metadata.js')
    const { sharedRecord } = await load('decorators/shared.js')
    const { sharedClasses } = await load('registry.js')
    assert.notEqual(seenFromThere, membersOf)
    assert.deepEqual(seenFromThere(Sample), membersOf(Sample))
    assert.equal(sharedRecord(Sample)?.typeid, 'Sample')
    assert.equal(sharedClasses().get('Sample')?.target, Sample)
  `
}
