import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Meter } from '../../lib/server/meter.ts'

describe('a meter', () => {
  const options = { showsStacks: true, referentOf: () => undefined }

  it('is on while somebody watches calls or has asked for the load, and off again when nobody does', () => {
    const meter = new Meter(options)
    assert.equal(meter.isOn, false)
    const watches = [meter.log.watch({}), meter.log.watch({})]
    assert.equal(meter.isOn, false)
    for (const watch of watches) watch[Symbol.asyncIterator]()
    assert.equal(meter.isOn, true)
    watches[0]?.return()
    assert.equal(meter.isOn, true)
    watches[1]?.return()
    watches[1]?.return()
    assert.equal(meter.isOn, false)
    meter.look()
    const watch = meter.log.watch({})[Symbol.asyncIterator]()
    meter.stop()
    assert.deepEqual([meter.isOn, watch.next()], [false, { done: true, value: undefined }])
  })
})
