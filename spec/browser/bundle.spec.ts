import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parseAst } from 'rolldown/parseAst'
import { rolldown } from 'rolldown'
import { clientFile } from './stage.ts'

/** What no browser has. */
const nodeGlobals = ['Buffer', 'process', 'global', 'require', 'module', 'setImmediate', '__dirname', '__filename']

describe('the module for browsers', () => {
  it('imports nothing', async () => {
    const bundle = await rolldown({
      input: clientFile,
      platform: 'browser',
      onLog: (_level, { message }) => assert.fail(message),
    })
    const { output } = await bundle.generate({ format: 'es' })
    await bundle.close()
    assert.equal(output.length, 1)
    assert.deepEqual([...output[0].imports, ...output[0].dynamicImports], [])
    const imports = nodesOf(parseAst(await readFile(clientFile, 'utf8'))).filter(({ type }) =>
      String(type).startsWith('Import'),
    )
    assert.deepEqual(imports, [])
  })

  it('uses nothing of Node', async () => {
    const nodes = nodesOf(parseAst(await readFile(clientFile, 'utf8')))
    const used = nodes.filter(({ type }) => type === 'Identifier').map(({ name }) => String(name))
    assert.ok(used.includes('queueMicrotask'), 'names are found')
    assert.deepEqual(
      nodeGlobals.filter((name) => used.includes(name)),
      [],
    )
  })

  it('has 220 kB at most, 75 kB of them on the way', async () => {
    const code = await readFile(clientFile)
    assert.ok(code.byteLength < 220_000, `${code.byteLength} bytes`)
    assert.ok(gzipSync(code).byteLength < 75_000, `${gzipSync(code).byteLength} bytes`)
  })
})

type Tree = Readonly<Record<string, unknown>>

/** The nodes of a syntax tree that are no names of properties. */
function nodesOf(root: unknown): Tree[] {
  const found: Tree[] = []
  const waiting: unknown[] = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!isTree(node)) continue
    if (typeof node['type'] === 'string') found.push(node)
    for (const [field, child] of Object.entries(node)) {
      const isName = (field === 'property' || field === 'key') && node['computed'] !== true
      if (!isName) waiting.push(...(Array.isArray(child) ? (child as unknown[]) : [child]))
    }
  }
  return found
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null
}
