import { isMain, Manager } from 'referent'
import { Traveller } from './traveller.ts'
import { watch } from './witness.ts'

if (isMain(import.meta)) {
  watch()
  await using manager = await Manager.start()
  const traveller = await manager.create(Traveller)
  void traveller.fail()
  await traveller.add(1, 2)
  await traveller.addLater(1, 2)
}
