// The tutorial's program in plain JavaScript: no decorators, no compiler, no types.
import { setTimeout as sleep } from 'node:timers/promises'
import { isMain, Manager, Process } from 'referent'

export class MyCustomClass {
  #storage = []
  #data

  constructor(data) {
    this.#data = data
  }

  async task() {
    const random = Math.random()
    await sleep(random * 1000)
    const value = this.#data * random
    this.#storage.push([this.#data, random, value])
    return value
  }

  getStorage() {
    return this.#storage
  }
}

Manager.register('MyCustomClass', MyCustomClass, { exposed: ['task', 'getStorage'] })

export async function work(shared) {
  console.log(`>child got ${await shared.task()}`)
}

if (isMain(import.meta)) {
  const manager = await Manager.start()
  const shared = await manager.create('MyCustomClass', 10)
  console.log(`>main got ${await shared.task()}`)

  const processes = Array.from({ length: 4 }, () => new Process(work, [shared]))
  for (const process of processes) process.start()
  for (const process of processes) await process.join()

  console.log('Done')
  for (const entry of await shared.getStorage()) console.log(entry)
  await manager.close()
}
