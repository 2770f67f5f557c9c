import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, it } from 'node:test'
import { argumentsOf, keepProcessAlive, openers, openSides, type Side, target } from './sessions.ts'

const moments = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const

function nameOf(moment: (typeof moments)[number]): string {
  return `tracing:referent:call:${moment}`
}

for (const [name, open] of Object.entries(openers)) {
  describe(`a session over ${name}`, { timeout: 10_000 }, () => {
    keepProcessAlive()

    it('makes nothing of calls for tracers while there are none, also after there were', async () => {
      const { near, far } = await openSides(open, (call) => argumentsOf(call)[0])
      const listener = (): void => undefined
      await useAll(near)
      assert.deepEqual([near.described, far.described], [0, 0])
      subscribe(nameOf('start'), listener)
      await useAll(near)
      assert.deepEqual([near.described, far.described], [3, 3])
      unsubscribe(nameOf('start'), listener)
      await useAll(near)
      assert.deepEqual([near.described, far.described], [3, 3])
      near.session.close()
    })

    for (const moment of moments) {
      it(`does, where somebody listens to nothing but '${moment}'`, async () => {
        const { near, far } = await openSides(open, (call) => Promise.resolve(argumentsOf(call)[0]))
        const listener = (): void => undefined
        subscribe(nameOf(moment), listener)
        await near.call('echo', [1])
        unsubscribe(nameOf(moment), listener)
        assert.deepEqual([near.described, far.described], [1, 1])
        near.session.close()
      })
    }
  })
}

async function useAll({ session }: Side): Promise<void> {
  await session.request({ kind: 'call', to: target, method: 'echo', args: [1] })
  await session.request({ kind: 'call', to: target, method: 'echo', args: [undefined] })
  await assert.rejects(session.request({ kind: 'get', to: target, property: 'args' }))
}
