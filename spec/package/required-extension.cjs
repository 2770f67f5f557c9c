// A class of one's own as a CommonJS module, which requires both parts of the package.
const assert = require('node:assert/strict')
const { Manager, ManagerError } = require('referent')
const extension = require('referent/extension')

class Newest {
  /** @type {import('referent/extension').WaitQueue<undefined, string>} */
  #consumers = new extension.WaitQueue()

  /** @param {string} item */
  put(item) {
    this.#consumers.resolveFirst(item)
  }

  get waiting() {
    return this.#consumers.length
  }

  /** @param {import('referent').WaitOptions} options */
  async get(options) {
    extension.checkWait('Newest.get', options)
    const item = await this.#consumers.wait(undefined, options)
    if (item === extension.timedOut) throw new ManagerError('QUEUE_EMPTY', 'there is nothing new')
    return item
  }
}

Manager.register('Newest', Newest, { exposed: ['put', 'get', 'waiting'] })

async function main() {
  assert.equal(extension.ManagerError, ManagerError)
  const manager = await Manager.start()
  const newest = await manager.create(Newest)
  await assert.rejects(newest.get({ timeoutMs: 1 }), { code: 'QUEUE_EMPTY' })
  const item = newest.get()
  while ((await newest.waiting) === 0);
  await newest.put('new')
  console.log(await item)
  await manager.close()
}

if (require.main === module) void main()
