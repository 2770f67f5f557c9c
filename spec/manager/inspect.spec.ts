import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { attach, Manager, refOf, release } from 'referent'
import { parseReference } from '../../lib/proxy/reference.ts'
import { Counter } from '../harness/counter.ts'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

describe('inspect', () => {
  it('shows referents with their references and pins, and sessions with the pids at their other ends', async () => {
    await using manager = await Manager.start({ pinMs: 300 })
    const counter = await manager.create(Counter)
    const { id, serverId } = parseReference(refOf(counter))
    const part = {
      serverId,
      pid: manager.pid,
      referents: [{ id, typeid: 'Counter', references: 1, pins: 1 }],
      sessions: [{ id: 's1', pid: process.pid }],
    }
    assert.deepEqual(await manager.inspect(), { ...part, servers: [part] })
    await eventually('the pin ends', async () => (await manager.inspect()).referents[0]?.pins === 0 || undefined)
    assert.equal(await counter.increment(), 1)
    release(counter)
    assert.deepEqual((await manager.inspect()).referents, [])
  })

  it('names no secret', async () => {
    await using manager = await Manager.start({ authkey: 'a secret of the spec' })
    const { secret } = parseReference(refOf(await manager.create(Counter)))
    const text = JSON.stringify(await manager.inspect())
    assert.ok(!text.includes(secret) && !text.includes('a secret of the spec'))
  })

  it('shows that a client that ended holds nothing any more, and that what others hold stays', async () => {
    await using manager = await Manager.start()
    const mine = await manager.create(Counter, 7)
    const second = await Manager.connect(manager.address, { authkey: manager.authkey })
    const { id } = parseReference(refOf(mine))
    await second.create(Counter)
    const both = await manager.inspect()
    assert.deepEqual([both.referents.length, both.sessions.length], [2, 2])
    await second.close()
    const alone = await eventually('the session ends', async () => {
      const inspection = await manager.inspect()
      return inspection.sessions.length === 1 ? inspection : undefined
    })
    assert.deepEqual(alone.referents, [{ id, typeid: 'Counter', references: 1, pins: 1 }])
    assert.equal(await mine.value, 7)
  })

  it('counts a session that holds a referent once, however often it came', async () => {
    await using manager = await Manager.start()
    const counter = await manager.create(Counter)
    const same = await attach<Counter>(refOf(counter))
    assert.equal(same, counter)
    assert.equal((await manager.inspect()).referents[0]?.references, 1)
    release(same)
    await assert.rejects(counter.increment(), { code: 'RELEASED', delivery: 'not-sent' })
    assert.equal((await manager.inspect()).referents[0]?.references, 0)
  })
})
