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
    const stop = new AbortController()
    const late = { timeoutMs: 20 }
    const timedOut = [manager.lookup('counter', late), manager.forget('counter', late), manager.inspect(late)]
    for (const asked of timedOut)
      await assert.rejects(within('it ends', asked), { code: 'TIMEOUT', delivery: 'unknown' })
    const signalled = { signal: stop.signal }
    const aborted = [manager.inspect(signalled), manager.lookup('counter', signalled)]
    stop.abort()
    for (const asked of aborted) await assert.rejects(within('it ends', asked), { code: 'ABORTED' })
    process.kill(manager.pid, 'SIGCONT')
  })
})
