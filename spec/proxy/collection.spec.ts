import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Manager } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('a proxy that nobody uses any more', () => {
  let manager: Manager

  before(async () => (manager = await Manager.start()))
  after(() => manager.close())

  it('is collected, and its referent with it', async () => {
    for (let count = 0; count < 20; count++) await manager.create(Counter)
    await eventually('the referents go', async () => {
      collectGarbage()
      return (await manager.inspect()).referents.length === 0 || undefined
    })
  })

  it('is not collected while a call of it has no answer', async () => {
    const answer = (await manager.create(Counter)).pause(100)
    collectGarbage()
    assert.equal((await manager.inspect()).referents.length, 1)
    assert.equal(await answer, 'paused')
  })
})
