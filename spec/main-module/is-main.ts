import { isMain, Manager, Process } from 'referent'
import { tellStart } from './starts.ts'
import { Teller } from './teller.ts'

tellStart()

export function tell(): void {
  console.log(`child ${isMain(import.meta)}`)
}

Manager.register('Main', () => new Teller(isMain(import.meta)), { exposed: ['tell'] })

if (isMain(import.meta)) {
  await using manager = await Manager.start()
  const teller = await manager.create<Teller>('Main')
  const child = new Process(tell)
  child.start()
  await child.join()
  console.log(`server ${await teller.tell()}`)
  console.log(`program ${isMain(import.meta)}`)
}
