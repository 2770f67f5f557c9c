import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'

describe('docs/security.md', () => {
  it('points at specs that there are, by their names', async () => {
    const page = await readFile('docs/security.md', 'utf8')
    const rows = [...page.matchAll(/^\|.*\| `(spec\/\S+\.ts)`, "(.+)" \|$/gm)]
    assert.ok(rows.length > 10)
    for (const [, file = '', name = ''] of rows)
      assert.ok(
        titlesIn(await readFile(file, 'utf8')).some((title) => title.includes(name)),
        `${file}: ${name}`,
      )
  })
})

/** The names of tests, as they are written. */
function titlesIn(source: string): string[] {
  return [...source.matchAll(/\bit\(\s*(['"`])(.*?)\1,/g)].map(([, , title = '']) => title)
}
