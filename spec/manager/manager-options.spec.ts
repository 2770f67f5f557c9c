import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Manager } from 'referent'
import { Counter } from '../harness/counter.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

const posix = { skip: process.platform === 'win32' && 'Windows stops no processes' }

describe('what a manager asks of its server', { timeout: 60_000 }, () => {
  it('ends by its time or its signal, also where the server is stopped', posix, async () => {
    await using manager = await Manager.start({ graceMs: 0 })
    await manager.named('counter', Counter)
    process.kill(manager.pid, 'SIGSTOP')
    const late = { timeoutMs: 20 }
    await Promise.all([
      assert.rejects(manager.lookup('counter', late), { code: 'TIMEOUT', delivery: 'unknown' }),
      assert.rejects(manager.forget('counter', late), { code: 'TIMEOUT', delivery: 'unknown' }),
      assert.rejects(manager.inspect(late), { code: 'TIMEOUT', delivery: 'unknown' }),
    ])
    const signal = AbortSignal.abort()
    const stop = new AbortController()
    const aborted = Promise.all([
      assert.rejects(manager.inspect({ signal: stop.signal }), { code: 'ABORTED', delivery: 'unknown' }),
      assert.rejects(manager.create(Counter, { signal: stop.signal } as never), { code: 'ABORTED' }),
      assert.rejects(manager.lookup('counter', { signal }), { code: 'ABORTED', delivery: 'not-sent' }),
    ])
    stop.abort()
    await within('all end', aborted)
    process.kill(manager.pid, 'SIGCONT')
  })
})
