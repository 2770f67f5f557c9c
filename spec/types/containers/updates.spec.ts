import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CallContext, runInCall } from '../../../lib/call-context.ts'
import { callBack } from '../../../lib/types/containers/updates.ts'

describe('a function that is called back', () => {
  const abort = new AbortController()
  const call = { signal: abort.signal } as unknown as CallContext

  it('gives what it gives, for whatever call', async () => {
    assert.equal(await callBack(() => 1), 1)
    assert.equal(await runInCall(call, () => callBack(async () => 1)), 1)
  })

  it('gives nothing any more when its caller gives up, not even at the last moment', async () => {
    const reason = new Error('gives up')
    const called = runInCall(call, () =>
      callBack(() => {
        abort.abort(reason)
        return 1
      }),
    )
    await assert.rejects(called, reason)
    const never = () => assert.fail('it was called')
    await assert.rejects(
      runInCall(call, () => callBack(never)),
      reason,
    )
  })
})
