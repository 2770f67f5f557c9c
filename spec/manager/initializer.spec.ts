import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isManagerError, Manager } from 'referent'
import { Counter } from '../harness/counter.ts'
import { eventually, within } from '../harness/eventually.ts'
import { hosts } from '../harness/hosts.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { processesWith } from '../harness/processes.ts'
import { fail, hang, refused, startHere } from './initializers.ts'

leaveNothing()

for (const host of hosts)
  describe(`an initializer in a server ${host}`, { concurrency: 2 }, () => {
    it('that throws fails the start, with what it threw as the cause', async () => {
      await assert.rejects(startHere({ host, initializer: fail }), (error) => {
        assert.ok(isManagerError(error, 'START_FAILED'))
        assert.match(error.message, /initializer 'fail' threw/)
        assert.ok(error.cause instanceof RangeError)
        assert.match(error.cause.stack ?? '', /initializers\.[jt]s/)
        return true
      })
    })

    it('that never ends fails the start when the time is up, and the manager can be started again', async () => {
      await using manager = new Manager()
      const explained = { code: 'START_FAILED', message: /gave no answer within 1500 ms; does a module/ }
      await assert.rejects(startHere({ host, initializer: hang, timeoutMs: 1500 }, manager), explained)
      await manager.start()
      assert.equal(await (await manager.create(Counter, 1)).value, 1)
    })

    for (const [kind, reason] of Object.entries({
      unexported:
        /initializers\.[jt]s can't give the function 'unexported' .*: it has no such export; write `export function/,
      namesake: /can't give the function 'namesake' .*: its export of that name is another function/,
    })) {
      it(`that is ${kind} fails the start`, async () => {
        const starting = startHere({ host, initializer: refused[kind] ?? fail })
        await assert.rejects(starting, { code: 'NOT_EXPORTED', message: reason })
      })
    }

    for (const kind of ['anonymous', 'bound']) {
      it(`that is ${kind} is refused before anything starts`, async () => {
        const explained = { name: 'TypeError', message: /the initializer has no name .*declare it as `export function/ }
        await assert.rejects(startHere({ host, initializer: refused[kind] ?? fail }), explained)
      })
    }
  })

describe('an initializer in a server process', () => {
  const linux = { skip: process.platform !== 'linux' && 'only Linux shows the environment of processes' }

  it(
    'that never ends is given up by the signal of the start, and the manager can be started again',
    linux,
    async () => {
      await using manager = new Manager()
      const controller = new AbortController()
      const env = { WHOSE: 'aborted start' }
      const starting = startHere({ initializer: hang, timeoutMs: 0, env, signal: controller.signal }, manager)
      const isThere = () => processesWith('WHOSE=aborted start').length > 0
      await eventually('the server process runs', () => isThere() || undefined)
      const reason = new Error('never mind')
      controller.abort(reason)
      await assert.rejects(within('the start ends', starting), { code: 'ABORTED', cause: reason })
      assert.equal(isThere(), false)
      const late = manager.start({ signal: controller.signal })
      await assert.rejects(late, { code: 'ABORTED', delivery: 'not-sent' })
      await manager.start()
      assert.equal(await (await manager.create(Counter, 1)).value, 1)
    },
  )
})
