import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assign, Manager, type Remote, SharedNamespace, snapshot } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

interface Settings {
  level: number
  label?: string
  tags: readonly string[]
}

describe('a shared namespace', () => {
  let manager: Manager
  let settings: Remote<SharedNamespace<Settings>>

  before(async () => {
    manager = await Manager.serve()
    settings = await manager.create(SharedNamespace<Settings>, { level: 1, tags: ['a'] })
  })
  after(() => manager.close())

  it('has properties that are read one by one, and assigned some at once', async () => {
    assert.deepEqual([await settings.level, await settings.tags, await settings.label], [1, ['a'], undefined])
    await assign(settings, { level: 2, label: 'two' })
    assert.deepEqual([await settings.level, await settings.label], [2, 'two'])
    assert.deepEqual(await snapshot(settings), { level: 2, tags: ['a'], label: 'two' })
    assert.deepEqual(await settings.keys(), ['level', 'tags', 'label'])
    assert.deepEqual([await settings.delete('label'), await settings.delete('label')], [true, false])
    assert.deepEqual([await settings.label, await settings.keys()], [undefined, ['level', 'tags']])
  })

  it('refuses names that no property of it can have', async () => {
    for (const name of ['_hidden', 'delete', 'keys', 'constructor', '__proto__', 'then', 'toString']) {
      const properties = Object.fromEntries([[name, 1]])
      const refused = { name: 'TypeError', message: new RegExp(`'${name}' is no name for a property of a namespace`) }
      await assert.rejects(manager.create(SharedNamespace, properties), refused)
      await assert.rejects(assign(settings, properties), { code: 'NOT_EXPOSED' })
      await assert.rejects(settings.delete(name as 'level'), refused)
    }
    assert.deepEqual(await settings.keys(), ['level', 'tags'])
  })

  it('takes any other name where its type is open', async () => {
    const open = await manager.create(SharedNamespace<Record<string, number>>)
    await assign(open, { 'a b': 1, length: 2 })
    assert.deepEqual([await open['a b'], await open['length'], await open.keys()], [1, 2, ['a b', 'length']])
  })
})
