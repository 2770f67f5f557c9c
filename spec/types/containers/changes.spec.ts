import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Changes } from '../../../lib/types/containers/changes.ts'
import { within } from '../../harness/eventually.ts'

describe('changes', () => {
  it('are read in their order, each by who asked for it', async () => {
    const changes = new Changes<number>()
    const watch = changes.watch()
    const asked = [watch.next(), watch.next()]
    for (const number of [1, 2, 3]) changes.tell(number)
    const steps = await within('all are read', Promise.all([...asked, watch.next()]))
    assert.deepEqual(
      steps.map(({ value }) => value),
      [1, 2, 3],
    )
  })

  it('end for who waits for one when the watch does', async () => {
    const changes = new Changes<number>()
    for (const end of ['return', Symbol.asyncDispose] as const) {
      const watch = changes.watch()
      const asked = [watch.next(), watch.next()]
      await watch[end]()
      const over = { done: true, value: undefined }
      assert.deepEqual(await within('they end', Promise.all(asked)), [over, over])
      assert.equal(changes.areWatched, false)
    }
  })

  it('that wait can be read when what changes is gone', async () => {
    const changes = new Changes<number>()
    const watch = changes.watch()
    changes.tell(1)
    changes[Symbol.dispose]()
    changes.tell(2)
    assert.deepEqual(await watch.next(), { done: false, value: 1 })
    assert.deepEqual(await watch.next(), { done: true, value: undefined })
  })
})
