import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Manager, SharedList, SharedMap, SharedValue } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { sized } from '../harness/size.ts'
import { startCounting } from './work.ts'

leaveNothing()

const times = sized(200, 500)

it('no update of four processes is lost', { timeout: 120_000 }, async () => {
  await using manager = await Manager.start()
  const map = await manager.create(SharedMap<string, number>)
  const [list, value] = [await manager.create(SharedList<number>, [0]), await manager.create(SharedValue<number>, 0)]
  const processes = Array.from({ length: 4 }, () => startCounting([map, list, value], times))
  for (const process of processes) assert.equal(await process.join(), 0)
  assert.deepEqual(await map.getMany(['incremented', 'computed']), [4 * times, 4 * times])
  assert.deepEqual([await list.at(0), await value.get()], [4 * times, 4 * times])
})
