import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Manager, release } from 'referent'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { Journal, StuckValve, Valve } from './valve.ts'

leaveNothing()

const owned = ['called', 'held', 'held by another', 'named', 'released'].map((label) => `${label} disposed`).toSorted()

describe('a server that ends', { concurrency: true }, () => {
  for (const ending of ['closes', 'is shut down', 'exits'])
    it(`disposes of all that it owns, each once and to its end, where its program ${ending}`, async () => {
      const { lines, code } = await Program.run('./programs/ending.ts', import.meta.url, { args: [ending] })
      const disposals = lines.filter((line) => line !== 'closed').toSorted()
      assert.deepEqual([code, disposals], [0, owned])
      // Whoever ends it in order has waited for them.
      if (ending !== 'exits') assert.equal(lines.at(-1), 'closed')
    })

  it('has disposed of what it owns when closing it resolves, where it is in the same process', async () => {
    const manager = await Manager.serve()
    const journal = new Journal()
    await manager.create(Valve, 'held')
    release(await manager.create(Valve, 'released'))
    await manager.inspect()
    await manager.close()
    const entries = journal.read().filter((entry) => entry.endsWith('disposed'))
    assert.deepEqual(entries.toSorted(), ['held disposed', 'released disposed'])
  })
})

describe('what disposing of a referent throws', () => {
  it('is a warning in its server, and hinders nothing', async () => {
    await using manager = await Manager.serve()
    const warned = once(process, 'warning') as Promise<[Error]>
    release(await manager.create(StuckValve))
    const [warning] = await within('the warning', warned)
    assert.deepEqual([warning.name, warning.message], ['RangeError', 'the valve is stuck'])
    assert.deepEqual((await manager.inspect()).referents, [])
  })
})
