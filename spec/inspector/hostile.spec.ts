import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Manager } from 'referent'
import { Inspector } from '../../lib/inspector/inspector.ts'
import type { Inspected } from '../../lib/inspector/inspected.ts'
import type { View } from '../../lib/inspector/messages.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { PageSocket, tokenOf } from './socket.ts'

leaveNothing()

const unlisted = { sort: 'id', isDescending: false, find: '', from: 0, count: 10, server: 0 } as const

const inspection = {
  ...{ serverId: 'liar', pid: 1, host: '', uptimeMs: 1, truncated: false },
  ...{ referents: [], types: [], sessions: [], pending: [] },
  totals: { referents: 0, sessions: 0, calls: 0, errors: 0, pending: 0 },
}

const detail = {
  referent: { id: 1, typeid: 'Thing', ageMs: 1, references: 0, pins: 0, running: 0 },
  ...{ names: [], sessions: [], members: [], calls: [], canSnapshot: false, truncated: false },
}

async function open(inspector: Inspector): Promise<PageSocket> {
  const socket = await PageSocket.connect(inspector.port)
  socket.send({ kind: 'open', token: tokenOf(inspector.url()) })
  await socket.next('opened')
  return socket
}

describe('an inspector, whatever comes', { timeout: 60_000 }, () => {
  it('shows as a failure what no server tells, and goes on', async () => {
    const loop: unknown[] = []
    loop.push(loop)
    for (const lie of [1n, loop, () => 1, null, Number.NaN, { toJSON: 1n }]) {
      const inspect = () => Promise.resolve({ servers: [{ ...inspection, pid: lie, referents: [{ id: lie }] }] })
      await using inspector = await Inspector.open(inspectedBy({ inspect }))
      using socket = await open(inspector)
      const { servers, failure } = await socket.next('servers')
      assert.deepEqual([servers, failure?.name], [[], 'Error'])
      for (const view of [
        { ...unlisted, view: 'referents' },
        { server: 0, view: 'overview' },
      ] satisfies View[]) {
        socket.send({ kind: 'look', look: 1, view })
        const { kind } = view.view === 'referents' ? await socket.next('failed') : await socket.next('shown')
        assert.ok(kind)
      }
    }
  })

  it('shows errors whose texts are none', async () => {
    const texts = { toString: 1, valueOf: 1 }
    const inspectReferent = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('of a liar'), { name: texts, message: texts, stack: texts }))
    await using inspector = await Inspector.open(inspectedBy({ inspectReferent }))
    using socket = await open(inspector)
    socket.send({ kind: 'look', look: 1, view: { view: 'referent', server: 0, referent: 1, isWatched: false } })
    assert.equal((await socket.next('failed')).failure.message, 'an object')
    socket.send({ kind: 'call', call: 1, server: 0, referent: 1, member: 'no', args: '' })
    assert.ok((await socket.next('answered')).failure)
  })

  it('shows numbers that JSON has no way to say', async () => {
    const state = { none: Number.NaN, all: Infinity, some: 2 }
    const inspectReferent = () => Promise.resolve({ ...detail, state })
    await using inspector = await Inspector.open(inspectedBy({ inspectReferent }))
    using socket = await open(inspector)
    socket.send({ kind: 'look', look: 1, view: { view: 'referent', server: 0, referent: 1, isWatched: false } })
    const { shown } = await socket.next('shown')
    assert.deepEqual(shown.view === 'referent' && shown.detail.state, { none: 'NaN', all: 'Infinity', some: 2 })
  })

  it('watches the calls of a referent once, also where it is gone', async () => {
    await using manager = await Manager.serve()
    await using inspector = await Inspector.open(manager)
    const streams = async (): Promise<number> => {
      const { sessions } = await manager.inspect()
      return sessions.reduce((sum, session) => sum + session.streams, 0)
    }
    using socket = await open(inspector)
    socket.send({ kind: 'look', look: 1, view: { view: 'referent', server: 0, referent: 1_000_000, isWatched: false } })
    for (let attempt = 0; attempt < 3; attempt++)
      assert.equal((await socket.next('failed')).failure.code, 'REFERENT_GONE')
    assert.ok((await streams()) <= 1)
  })
})

/** A manager of a server that answers so. */
function inspectedBy(answers: Readonly<Record<string, () => Promise<unknown>>>): Inspected {
  const inspect = (): Promise<unknown> => Promise.resolve({ servers: [inspection] })
  const never = async function* (): AsyncGenerator<never> {}
  return { inspect, watchCalls: never, ...answers } as unknown as Inspected
}
