import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Manager, type Remote, SharedList } from 'referent'
import { createCodec } from '../../lib/codec/codec.ts'
import { encodeThrown } from '../../lib/codec/thrown.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { decode } from '../codec/crossing.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Busy } from './busy.ts'

leaveNothing()

/** To build the text of what is asked for takes many seconds, or all of the memory. */
const refusedMs = 400

describe('an answer that is larger by far than what was asked', { timeout: 60_000 }, () => {
  let manager: Manager
  let busy: Remote<Busy>

  before(async () => {
    manager = await Manager.start()
    busy = await manager.create(Busy)
  })
  after(() => manager.close())

  for (const [what, items] of [
    ['of plain values', ['x'.repeat(1_000_000)]],
    ['with a date among them', ['x'.repeat(1_000_000), new Date(0)]],
    ['of an integer of 4 million bits', [2n ** 4_000_000n]],
  ] as const) {
    it(`is refused before it is built: 60,000 times one item, ${what}`, async () => {
      const list = await manager.create(SharedList<unknown>, items)
      const indices = [...Array.from({ length: 60_000 }, () => 0), items.length - 1]
      const beforeMs = await busy.usedMs()
      await assert.rejects(list.getMany(indices), { code: 'FRAME_TOO_LARGE', message: /maxTextBytes/ })
      const usedMs = (await busy.usedMs()) - beforeMs
      assert.ok(usedMs < refusedMs, `${usedMs} ms`)
      assert.equal((await list.getMany([0, 0])).length, 2)
    })
  }

  it('tells of an error that cannot cross, whose fields share much, without looking through all of it', () => {
    const shared = Array.from({ length: 5000 }, (_, at) => ({ at }))
    const fields = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`field${at}`, { shared }]))
    const error = Object.assign(new Error('no', { cause: new Error('why') }), { unserializable: Symbol('s') }, fields)
    const port = { accepts: () => false, export: () => ({}), import: () => undefined }
    const began = process.cpuUsage()
    const writer = new Writer()
    encodeThrown(createCodec(), error, port, writer)
    assert.ok(process.cpuUsage(began).user / 1000 < refusedMs)
    const told = decode(writer.written(0)) as Error & Record<string, unknown>
    assert.equal(told.message, 'no')
    assert.equal((told.cause as Error).message, 'why')
    assert.match(String(told['unserializable']), /symbol can't cross/)
    assert.equal(Object.keys(told).length, 3001)
    assert.match(String(told['field2999']), /left out/)
  })
})
