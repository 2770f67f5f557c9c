import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { passes } from './passes.ts'

const folder = resolve('spec/decorators/legacy')

describe('decorators, experimentalDecorators by tsx', () => {
  it('keep the contract', { timeout: 60_000 }, async () => {
    await passes(['--import', 'tsx', join(folder, 'run.ts')], { TSX_TSCONFIG_PATH: join(folder, 'tsconfig.json') })
  })
})
