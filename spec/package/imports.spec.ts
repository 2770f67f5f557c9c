import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findOffences } from '../../scripts/imports/direction.ts'

describe('the check of imports', () => {
  it('accepts imports of the own room, of rooms below and of leaves', () => {
    const sources = {
      'lib/index.ts': `export { Server } from './server/server.ts'`,
      'lib/server/server.ts': `import { frame } from '../wire/frame.ts'\nimport { table } from './object-table.ts'`,
      'lib/server/object-table.ts': `import { createHash } from 'node:crypto'\nimport '../errors.ts'`,
      'lib/wire/frame.ts': `import { ManagerError } from '../errors.ts'`,
      'lib/errors.ts': '',
    }
    assert.deepEqual(offencesIn(sources), [])
  })

  it('refuses an import upwards, of types too and over several lines', () => {
    const imports = [
      `import type { Server } from '../server/server.ts'`,
      `import {\n  one, // it's the first\n  two,\n} from '../session/session.ts'`,
      `type Proxy = import('../proxy/proxy.ts').Proxy`,
    ]
    assert.deepEqual(offencesIn({ 'lib/codec/codec.ts': imports.join('\n') }), [
      `lib/codec/codec.ts:1: imports '../server/server.ts', upwards: server is above codec`,
      `lib/codec/codec.ts:5: imports '../session/session.ts', upwards: session is above codec`,
      `lib/codec/codec.ts:6: imports '../proxy/proxy.ts', upwards: proxy is above codec`,
    ])
  })

  it('refuses a leaf that imports from a room', () => {
    assert.deepEqual(offencesIn({ 'lib/errors.ts': `import { one } from './wire/frame.ts'` }), [
      `lib/errors.ts:1: imports './wire/frame.ts', upwards: wire is above errors.ts`,
    ])
  })

  it('refuses a folder that is not a room', () => {
    assert.equal(offencesIn({ 'lib/misc/one.ts': `import { two } from './two.ts'` }).length, 1)
    assert.equal(offencesIn({ 'lib/server/one.ts': `import { two } from '../misc/two.ts'` }).length, 1)
  })

  it('refuses the barrel inside lib/, and a second barrel', () => {
    assert.equal(offencesIn({ 'lib/server/server.ts': `import { Manager } from '../index.ts'` }).length, 1)
    assert.equal(offencesIn({ 'lib/server/server.ts': `import { Manager } from 'referent'` }).length, 1)
    assert.equal(offencesIn({ 'lib/server/index.ts': `export * from './server.ts'` }).length, 1)
  })

  it(`refuses Node's modules in a room that runs in any runtime`, () => {
    assert.deepEqual(offencesIn({ 'lib/wire/frame.ts': `import { Buffer } from 'node:buffer'` }), [
      `lib/wire/frame.ts:1: imports 'node:buffer', but wire/ runs in any runtime`,
    ])
  })

  it('refuses samples that reach inside, and built files anywhere', () => {
    assert.equal(offencesIn({ 'samples/one.ts': `import { encode } from '../lib/codec/codec.ts'` }).length, 1)
    assert.equal(offencesIn({ 'spec/one.spec.ts': `import { Manager } from '../dist/index.js'` }).length, 1)
    assert.equal(offencesIn({ 'spec/one.spec.ts': `import { encode } from '../lib/codec/codec.ts'` }).length, 0)
  })

  it('finds a circle, of types too', () => {
    const sources = {
      'lib/wire/one.ts': `import { two } from './two.ts'`,
      'lib/wire/two.ts': `import type { Three } from './three.ts'`,
      'lib/wire/three.ts': `import { one } from './one.ts'`,
    }
    assert.deepEqual(offencesIn(sources), [
      'lib/wire/one.ts:1: a circle: lib/wire/one.ts -> lib/wire/two.ts -> lib/wire/three.ts -> lib/wire/one.ts',
    ])
  })

  it('takes no comment and no string for an import', () => {
    const lines = [
      `// import { a } from '../server/a.ts'`,
      ` * import('../server/a.ts')`,
      `const text = "from '../server/a.ts'"`,
    ]
    assert.deepEqual(offencesIn({ 'lib/wire/frame.ts': lines.join('\n') }), [])
  })
})

function offencesIn(sources: Record<string, string>): string[] {
  return findOffences(new Map(Object.entries(sources)))
}
