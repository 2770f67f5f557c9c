import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { compile } from './compile.ts'
import { passes } from './passes.ts'

const files = ['spec/decorators/contract.ts', 'spec/decorators/refused-by-types.ts']

describe('decorators, compiled by tsc and run by Node alone', () => {
  for (const mode of ['standard', 'legacy'] as const) {
    it(`keep the contract: ${mode}`, { timeout: 120_000 }, async () => {
      await using compiled = await compile(files, { experimentalDecorators: mode === 'legacy' })
      const call = `import('./spec/decorators/contract.js').then((m) => m.decoratorContract('${mode}'))`
      await writeFile(join(compiled.folder, 'run.js'), call)
      await passes([join(compiled.folder, 'run.js')])
    })
  }

  it('agree with another copy of the package in the same process', { timeout: 120_000 }, async () => {
    await using one = await compile(files, {})
    await using two = await compile(files, {})
    await writeFile(join(one.folder, 'run.js'), agreement(two.folder))
    await passes([join(one.folder, 'run.js')])
  })
})

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
