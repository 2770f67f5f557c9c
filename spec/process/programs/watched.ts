import { isMain, Manager } from 'referent'
import { Parrot } from '../talkative.ts'

if (isMain(import.meta)) {
  await using manager = await Manager.start()
  console.log(`the server reports ${await (await manager.create(Parrot)).reports}`)
}
