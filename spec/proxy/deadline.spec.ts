import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { currentCall, Manager, Process, type Remote, withOptions } from 'referent'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { eventually } from '../harness/eventually.ts'
import { moduleUrl } from '../harness/module.ts'
import { Clock } from './clock.ts'
import type { waitInVain } from './impatient-child.ts'
import { Queue, Relay } from './relay.ts'

leaveNothing()

const timedOut = { code: 'TIMEOUT', delivery: 'unknown' }

/** A callback that answers only when nobody waits for it any more. */
class Patient {
  deadline: number | undefined
  #code: unknown

  readonly callback = async (): Promise<void> => {
    const call = currentCall()
    this.deadline = call?.deadline
    await once(call?.signal ?? AbortSignal.abort(), 'abort')
    this.#code = Reflect.get(call?.signal.reason as object, 'code')
  }

  /** The code of what ended it. */
  ended(): Promise<unknown> {
    return eventually('the callback ends', async () => this.#code)
  }
}

describe('the deadline of a call', { timeout: 30_000 }, () => {
  let manager: Manager
  let relay: Remote<Relay>

  before(async () => {
    manager = await Manager.start()
    relay = await manager.create(Relay)
  })
  after(() => manager.close())

  it('is what its caller set, and none where it set none', async () => {
    const startMs = Date.now()
    const deadline = await withOptions(relay, { timeoutMs: 60_000 }).deadline()
    assert.ok(deadline !== undefined && deadline >= startMs + 60_000 && deadline <= Date.now() + 60_000)
    assert.equal(await relay.deadline(), undefined)
  })

  it('goes on with the calls that the method makes', async () => {
    const patient = new Patient()
    let outer: number | undefined
    const call = withOptions(relay, { timeoutMs: 100 }).call(async (deadline) => {
      outer = deadline
      await patient.callback()
    })
    await assert.rejects(call, timedOut)
    assert.equal(await patient.ended(), 'TIMEOUT')
    assert.ok(outer !== undefined && patient.deadline !== undefined && patient.deadline <= outer + 100)
  })

  it('goes on with them to another server', async () => {
    await using other = await Manager.start()
    const clock = await other.create(Clock)
    await assert.rejects(withOptions(relay, { timeoutMs: 1000 }).waitFor(clock), timedOut)
    const last = await eventually('the method sees it', async () =>
      (await clock.takeNotes()).find((note) => note.startsWith('aborted')),
    )
    assert.equal(last, 'aborted: TIMEOUT')
  })

  it('is that of the exposure, where the caller says nothing', async () => {
    await assert.rejects(relay.callSoon(new Patient().callback), { ...timedOut, message: /'callSoon'.*50 ms/ })
    const unbound = withOptions(relay, { timeoutMs: 0 })
    assert.equal(await unbound.callSoon((deadline) => deadline), undefined)
  })

  it("is the manager's, where neither says anything; also in a child", async () => {
    await using hasty = await Manager.start({ callTimeoutMs: 100 })
    const bound = await hasty.create(Relay)
    await assert.rejects(bound.call(new Patient().callback), timedOut)
    assert.equal(await withOptions(bound, { timeoutMs: 0 }).call((deadline) => deadline), undefined)
    const module = moduleUrl('./impatient-child.ts', import.meta.url).href
    const child = new Process<typeof waitInVain>({ module, name: 'waitInVain' }, [bound])
    child.start()
    await child.join()
    assert.equal(child.exitCode, 0)
  })

  it('leaves no call to run that still waits for its turn then', async () => {
    const queue = await manager.create(Queue)
    let finish = (): void => undefined
    const first = queue.run(() => new Promise<void>((resolve) => (finish = resolve)))
    await assert.rejects(
      withOptions(queue, { timeoutMs: 30 }).run(() => 'late'),
      timedOut,
    )
    finish()
    assert.equal(await first, 1)
    assert.equal(await queue.run(() => undefined), 2)
  })

  it('is refused where it can be none, and is none where no timer is that long', async () => {
    for (const timeoutMs of [-1, NaN])
      assert.throws(() => withOptions(relay, { timeoutMs }), { name: 'RangeError', message: /timeoutMs/ })
    for (const timeoutMs of [Infinity, 2 ** 31])
      assert.equal(await withOptions(relay, { timeoutMs }).deadline(), undefined)
    assert.throws(() => new Manager({ callTimeoutMs: -1 }), { name: 'RangeError', message: /callTimeoutMs/ })
  })
})

describe('the signal of a call', { timeout: 30_000 }, () => {
  let manager: Manager
  let relay: Remote<Relay>

  before(async () => {
    manager = await Manager.start()
    relay = await manager.create(Relay)
  })
  after(() => manager.close())

  it('ends the calls that the method waits for', async () => {
    const controller = new AbortController()
    const patient = new Patient()
    const call = withOptions(relay, { signal: controller.signal }).call(async () => {
      setImmediate(() => controller.abort())
      await patient.callback()
    })
    await assert.rejects(call, { code: 'ABORTED' })
    assert.equal(await patient.ended(), 'ABORTED')
  })

  it('is in the way of none that it makes after that, to clean up', async () => {
    const calledBack: unknown[] = []
    const call = withOptions(relay, { timeoutMs: 50 }).cleanUp(() => calledBack.push('cleaned up'))
    await assert.rejects(call, timedOut)
    assert.equal(await eventually('it cleans up', async () => calledBack[0]), 'cleaned up')
  })

  it('means nothing to what goes on after the answer', async () => {
    await withOptions(relay, { timeoutMs: 40 }).callLater(async () => {
      await sleep(80)
      return currentCall()?.deadline ?? 'unbound'
    })
    assert.equal(await relay.background(), 'unbound')
  })
})
