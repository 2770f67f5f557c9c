import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { callMethod, type ManagerError, type Remote } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { RawClient } from '../harness/raw-client.ts'
import { Touches, type Watched, WatchedManager } from './watched.ts'

const inherited = ['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']
const unexposed = ['hidden', '_private', '#secret', 'field', 'then', 'toJSON', 'nonsense', '', ...inherited]

leaveNothing()

describe('what a referent does not expose', () => {
  let manager: WatchedManager
  let touches: Remote<Touches>

  before(async () => {
    manager = await WatchedManager.start()
    touches = await manager.create(Touches)
  })

  after(() => manager.close())

  it('is refused when called by name through callMethod, and nothing of the referent is touched', async () => {
    const watched = await manager.create<Watched>('Watched')
    await touches.take()
    for (const name of unexposed) await assert.rejects(callMethod(watched, name), notExposed(name))
    assert.deepEqual(await touches.take(), [])
    assert.equal(await callMethod(watched, 'visible'), 'visible')
    assert.deepEqual(await touches.take(), ['get visible'])
  })

  it('is refused in raw messages of every kind, and nothing of the referent is touched', async () => {
    using raw = await RawClient.open(manager)
    const to = await raw.create('Watched')
    await touches.take()
    for (const name of unexposed) {
      await assertRefused(raw, { kind: 'call', to, method: name, value: [] }, name)
      await assertRefused(raw, { kind: 'get', to, property: name }, name)
      await assertRefused(raw, ownJson({ kind: 'assign', to }, name), name)
    }
    assert.deepEqual(await touches.take(), [])
    assert.deepEqual(await raw.ask({ kind: 'call', to, method: 'visible', value: [] }), result('visible'))
    assert.deepEqual(await raw.ask({ kind: 'get', to, property: 'readable' }), result('read'))
    assert.deepEqual(await touches.take(), ['get visible', 'get readable'])
  })

  it('is also a method that is read, an accessor that is called, and a getter that is written', async () => {
    using raw = await RawClient.open(manager)
    const to = await raw.create('Watched')
    await touches.take()
    await assertRefused(raw, { kind: 'get', to, property: 'visible' }, 'visible')
    await assertRefused(raw, { kind: 'call', to, method: 'readable', value: [] }, 'readable')
    await assertRefused(raw, { kind: 'assign', to, value: { readable: 1 } }, 'readable')
    assert.deepEqual(await touches.take(), [])
  })

  it("includes, of a class registered with 'public', what begins with _ or comes from Object", async () => {
    const watched = await manager.create('Public')
    assert.equal(await callMethod(watched, 'hidden'), 'secret')
    await touches.take()
    for (const name of ['_private', 'field', 'readable', ...inherited])
      await assert.rejects(callMethod(watched, name), notExposed(name))
    assert.deepEqual(await touches.take(), [])
  })
})

async function assertRefused(raw: RawClient, message: Readonly<Record<string, unknown>>, name: string): Promise<void> {
  const answer = await raw.ask(message)
  assert.equal(answer.kind, 'error', `${String(message['kind'])} of '${name}' was answered`)
  notExposed(name)(answer.value)
}

function notExposed(name: string): (error: unknown) => true {
  return (error) => {
    const { code, message } = error as ManagerError
    assert.equal(code, 'NOT_EXPOSED', `'${name}': ${message}`)
    assert.ok(message.includes(`.${name} is not exposed`), message)
    return true
  }
}

/** With the property to assign as an own one of the JSON, also where it is called `__proto__`. */
function ownJson(head: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return { ...head, value: JSON.parse(`{${JSON.stringify(name)}:1}`) as unknown }
}

function result(value: unknown): { kind: string; value: unknown } {
  return { kind: 'result', value }
}
