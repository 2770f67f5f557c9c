// The tutorial's program as a CommonJS module, which requires the package.
const { setTimeout: sleep } = require('node:timers/promises')
const { Manager, Process } = require('referent')

class MyCustomClass {
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

async function work(shared) {
  console.log(`>child got ${await shared.task()}`)
}

module.exports = { MyCustomClass, work }

async function main() {
  const manager = await Manager.start()
  const shared = await manager.create(MyCustomClass, 10)
  console.log(`>main got ${await shared.task()}`)

  const processes = Array.from({ length: 4 }, () => new Process(work, [shared]))
  for (const process of processes) process.start()
  for (const process of processes) await process.join()

  console.log('Done')
  for (const entry of await shared.getStorage()) console.log(entry)
  await manager.close()
}

if (require.main === module) void main()
