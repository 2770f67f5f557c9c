import { setTimeout as sleep } from 'node:timers/promises'
import { Exposed, isMain, Manager, Process, type Remote, Shared } from 'referent'

@Shared()
export class MyCustomClass {
  readonly #storage: [data: number, random: number, value: number][] = []
  readonly #data: number
  constructor(data: number) {
    this.#data = data
  }

  @Exposed
  async task(): Promise<number> {
    const random = Math.random()
    await sleep(random * 1000)
    const value = this.#data * random
    this.#storage.push([this.#data, random, value])
    return value
  }

  @Exposed
  getStorage() {
    return this.#storage
  }
}

class CustomManager extends Manager {}

export async function work(shared: Remote<MyCustomClass>) {
  console.log(`>child got ${await shared.task()}`)
}

if (isMain(import.meta)) {
  await using manager = await CustomManager.start()
  const shared = await manager.create(MyCustomClass, 10)
  console.log(`>main got ${await shared.task()}`)

  const processes = Array.from({ length: 4 }, () => new Process(work, [shared]))
  for (const process of processes) process.start()
  for (const process of processes) await process.join()

  console.log('Done')
  for (const entry of await shared.getStorage()) console.log(entry)
}
