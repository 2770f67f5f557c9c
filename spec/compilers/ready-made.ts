import { isMain, SyncManager } from 'referent'

// Uses two of the ready-made types, one of them with a callback.

if (isMain(import.meta)) {
  await using manager = await SyncManager.start()
  const map = await manager.Map<string, number>([['seen', 1]])
  const queue = await manager.Queue<string>()
  await queue.put('a')
  const incremented = await map.increment('seen')
  const computed = await map.compute('seen', (seen = 0) => seen * 2)
  console.log(`increment: ${incremented}, compute: ${computed}, queue: ${await queue.get()}`)
}
