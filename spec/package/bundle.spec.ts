import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { parseSync } from 'rolldown/utils'

describe("the package's one module", () => {
  it('has no import(), as tsx would write all of it anew in each process', async () => {
    const { dynamicImports, staticImports } = await importsOf('referent.js')
    assert.deepEqual(dynamicImports, [])
    assert.ok(staticImports.length > 0)
    assert.equal((await importsOf('dynamic-import.js')).dynamicImports.length, 1)
  })

  it('goes with the licenses of what is within it', async () => {
    const text = await readFile(new URL('../../lib/licenses.txt', import.meta.url), 'utf8')
    const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies: object }
    // It is imported when an address asks for it.
    const within = Object.keys(dependencies).filter((name) => name !== 'ws')
    for (const name of within)
      assert.match(text, new RegExp(`^${name}\n\n.*(?:MIT License|Apache License)`, 'ms'), name)
    assert.match(text, /^copy-anything\n/m)
  })

  it('loads nothing of the inspector before somebody asks for it', async () => {
    const { staticImports } = await importsOf('referent.js')
    const own = staticImports.map(({ moduleRequest }) => moduleRequest.value).filter((name) => name.startsWith('./'))
    assert.deepEqual(own, ['./dynamic-import.js'])
  })

  it('imports no package', async () => {
    const { staticImports } = await importsOf('referent.js')
    const names = staticImports.map(({ moduleRequest }) => moduleRequest.value)
    assert.deepEqual(
      names.filter((name) => !/^(?:node:|\.\/)/.test(name)),
      [],
    )
  })
})

async function importsOf(file: string) {
  return parseSync(file, await readFile(new URL(`../../lib/${file}`, import.meta.url), 'utf8')).module
}
