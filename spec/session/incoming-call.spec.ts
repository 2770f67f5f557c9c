import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { isManagerError } from '../../lib/errors.ts'
import { IncomingCall } from '../../lib/session/incoming-call.ts'
import type { CallId, TargetId } from '../../lib/wire/message.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { keepProcessAlive } from './sessions.ts'

describe('a call whose time is up while its method computes', () => {
  keepProcessAlive()

  it('says so at once, and its signal in the next turn of the event loop, with the same reason', async () => {
    const call = overdueAfter(5, (running) => void running.signal)
    assert.deepEqual([call.isAborted, call.isCancelled, call.remainingMs], [true, true, 1])
    const { abortReason } = call
    assert.ok(isManagerError(abortReason, 'TIMEOUT'))
    assert.throws(() => call.throwIfAborted(), abortReason)
    assert.equal(call.signal.aborted, false)
    await once(call.signal, 'abort')
    assert.equal(call.signal.reason, abortReason)
  })

  it('has a signal that is aborted where that is asked for only then', () => {
    const call = overdueAfter(5, () => undefined)
    assert.equal(call.signal.aborted, true)
    assert.equal(call.signal.reason, call.abortReason)
  })

  it('is answered to nobody, unless its caller waits for the end', () => {
    const [given, awaited] = [overdueAfter(5, () => undefined), overdueAfter(5, () => undefined, true)]
    assert.deepEqual([given.finish(), awaited.finish()], [false, true])
    assert.equal(awaited.isCancelled, false)
    assert.equal(awaited.isEndedBy(awaited.abortReason), true)
  })
})

/** A call of so many milliseconds, when they have passed in one turn of the event loop. */
function overdueAfter(timeoutMs: number, begin: (call: IncomingCall) => void, awaited = false): IncomingCall {
  const [id, to, nothing] = [1 as CallId, 1 as TargetId, new Uint8Array()]
  const request = { kind: 'call', id, to, method: 'compute', timeoutMs, awaited, body: new Reader(nothing) } as const
  const call = new IncomingCall(request, nothing, {
    link: {},
    peer: { id: 'spec', pid: 1, ended: new AbortController().signal },
    decode: () => [],
    isReference: () => false,
  })
  begin(call)
  for (const endMs = performance.now() + timeoutMs + 1; performance.now() < endMs;);
  return call
}
