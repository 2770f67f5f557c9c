import { isMain, Manager, refOf, release } from 'referent'
import { Janitor } from '../janitor.ts'
import { Item, Shelf } from '../shelf.ts'
import { Valve } from '../valve.ts'

// Serves a shelf, a valve and items to whoever has their references, until it is killed.

async function main(): Promise<void> {
  const manager = await Manager.serve({ pinMs: 100 })
  console.log(`address ${manager.address}`)
  console.log(`authkey ${Buffer.from(manager.authkey.bytes).toString('hex')}`)
  for (const shared of [new Shelf(), new Valve('of the host'), new Janitor(), new Item('one'), new Item('two')]) {
    const proxy = await manager.share<Shelf | Valve | Janitor | Item>(shared)
    console.log(`reference ${refOf(proxy)}`)
    release(proxy)
  }
  console.log('serves')
  await manager.join()
}

if (isMain(import.meta)) await main()
