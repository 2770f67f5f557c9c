import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Manager } from 'referent'
import { withTimeLimit } from '../lib/deadline.ts'

describe('a time limit', () => {
  it('aborts with a TimeoutError when the time is up', async () => {
    const reason = await withTimeLimit(1, untilAborted)
    assert.equal(reason instanceof Error && reason.name, 'TimeoutError')
  })

  it("aborts with the reason of the caller's signal, also where that had aborted before", async () => {
    const caller = new AbortController()
    const limited = withTimeLimit(60_000, untilAborted, caller.signal)
    caller.abort('enough')
    assert.equal(await limited, 'enough')
    assert.equal(await withTimeLimit(60_000, untilAborted, caller.signal), 'enough')
  })

  it('of 0 is none: who connects so waits for as long as it takes', async () => {
    await using server = await Manager.serve()
    await using client = await Manager.connect(server.address, { authkey: server.authkey, timeoutMs: 0 })
    assert.equal(client.pid, process.pid)
  })
})

async function untilAborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await Promise.all([once(signal, 'abort'), keptAlive(signal)])
  return signal.reason
}

/** The limit itself keeps nothing alive. */
async function keptAlive(signal: AbortSignal): Promise<void> {
  const timer = setInterval(() => undefined, 60_000)
  signal.addEventListener('abort', () => clearInterval(timer))
}
