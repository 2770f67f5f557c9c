// Four processes count visits in one map: `increment` and `compute` lose no update, unlike reading and writing again.
import { isMain, Process, type Remote, type SharedMap, SyncManager } from 'referent'

type Visits = Remote<SharedMap<string, number>>

export async function visit(visits: Visits) {
  for (let count = 0; count < 500; count++) await visits.increment('incremented')
  for (let count = 0; count < 50; count++) await visits.compute('computed', async (value = 0) => value + 1)
  for (let count = 0; count < 50; count++) {
    const value = (await visits.get('read and written')) ?? 0
    await visits.set('read and written', value + 1)
  }
}

if (isMain(import.meta)) {
  await using manager = await SyncManager.start()
  const visits = await manager.Map<string, number>()

  const processes = Array.from({ length: 4 }, () => new Process(visit, [visits]))
  for (const process of processes) process.start()
  for (const process of processes) await process.join()

  for await (const [how, count] of visits) {
    const all = how === 'incremented' ? 2000 : 200
    console.log(count === all ? `${how}: ${count}` : `${how}: lost some of ${all}`)
  }
}
