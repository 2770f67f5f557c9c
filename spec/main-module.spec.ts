import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isMain } from 'referent'
import { type Host, hostedBy, hosts } from './harness/hosts.ts'
import { type Ending, Program } from './harness/program.ts'

describe('isMain', () => {
  for (const host of hosts)
    it(`is true in the program's own process, and false in its server ${host} and its children`, async () => {
      const ending = await run('is-main.ts', '', host)
      assert.deepEqual(
        ending.lines.filter((line) => line !== 'start'),
        ['child false', 'server false', 'program true'],
      )
      assert.equal(countStarts(ending), 3)
    })

  it('is given import.meta, or nothing', () => {
    for (const given of [import.meta.url, 5, null])
      assert.throws(() => isMain(given as never), {
        name: 'TypeError',
        message: /what isMain is given is .*; it must be import\.meta; in CommonJS/,
      })
  })
})

describe('a program without isMain', { concurrency: 2 }, () => {
  for (const [what, start, host] of [
    ['manager', 'Manager.start', 'process'],
    ['manager', 'Manager.start', 'thread'],
    ['process', 'Process.start', 'process'],
  ] as const) {
    for (const how of ['awaits', 'floats', 'delays']) {
      it(`that ${how} its ${start}, of a ${host}, fails with the explanation, and no process starts after that`, async () => {
        const ending = await run(`unguarded-${what}.ts`, how, host)
        assert.equal(ending.code, 1)
        assert.match(ending.stderr, /code: 'NOT_GUARDED'/)
        assert.match(ending.stderr, new RegExp(`${start} was called while process \\d+ was importing .*-${what}.[jt]s`))
        assert.match(ending.stderr, /if \(isMain\(import\.meta\)\) \{ \.\.\. \}/)
        assert.equal(countStarts(ending), 2)
      })
    }
  }
})

async function run(file: string, how: string, host: Host): Promise<Ending> {
  await using program = await Program.start(`./main-module/${file}`, import.meta.url, {
    env: { HOW: how, ...hostedBy(host) },
  })
  return await program.ending()
}

/** How many processes evaluated the program's module. */
function countStarts({ lines }: Ending): number {
  return lines.filter((line) => line === 'start').length
}
