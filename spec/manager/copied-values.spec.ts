import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isManagerError, Pool, Process, registerClass, release, SyncManager } from 'referent'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { moduleUrl } from '../harness/module.ts'
import { Iban, Money, OverdrawnError } from './money.ts'

leaveNothing()

const work = moduleUrl('./money-work.ts', import.meta.url).href

interface OpenPool {
  readonly pool: {
    apply(fn: { readonly module: string; readonly name: string }, args: readonly unknown[]): Promise<unknown>
  }
  end(): Promise<void>
}

const pools: Readonly<Record<string, (manager: SyncManager) => Promise<OpenPool>>> = {
  'worker processes': async () => closing(new Pool({ processes: 1 })),
  'worker threads': async () => closing(new Pool({ threads: 1 })),
  'the workers of a SharedPool': async (manager) => {
    const pool = await manager.Pool({ processes: 1, modules: [work] })
    return { pool: { apply: (fn, args) => pool.apply(fn, [...args]) }, end: async () => release(pool) }
  },
}

function closing(pool: Pool): OpenPool {
  return { pool: { apply: (fn, args) => pool.apply(fn, [...args]) }, end: () => pool.close() }
}

describe('instances of classes that the program has registered', { timeout: 60_000 }, () => {
  it('wait in the queue of a plain SyncManager, whose server imports what registers them', async () => {
    await using manager = await SyncManager.start()
    const queue = await manager.Queue<unknown>()
    await queue.put(new Money(3))
    await queue.put(new OverdrawnError(4))
    await queue.put([new Iban('DE02')])
    const money = await queue.get()
    assert.ok(money instanceof Money)
    assert.equal(money.plus(money).cents, 6)
    const error = await queue.get()
    assert.ok(error instanceof OverdrawnError && error.missing === 4)
    const [iban] = (await queue.get()) as [unknown]
    assert.ok(iban instanceof Iban && iban.country === 'DE')
  })

  for (const [kind, open] of Object.entries(pools)) {
    it(`cross to ${kind}, and back`, async () => {
      await using manager = await SyncManager.start()
      const opened = await open(manager)
      const { pool } = opened
      const money = await pool.apply(named('twice'), [new Money(3)])
      assert.ok(money instanceof Money && money.cents === 6)
      assert.equal(await pool.apply(named('countryOf'), [new Iban('DE02')]), 'DE')
      await assert.rejects(pool.apply(named('fail'), [new OverdrawnError(4)]), OverdrawnError)
      await opened.end()
    })
  }

  it('cross to a child that is called with them', async () => {
    const child = new Process<(money: unknown) => void>(named('mustAdd'), [new Money(1)])
    child.start()
    assert.equal(await within('it ends', child.join()), 0)
  })

  it('cross where their class is registered while the server runs, from the next thing created', async () => {
    await using manager = await SyncManager.start()
    const { LateMoney } = await import('./late-money.ts')
    const queue = await manager.Queue<unknown>()
    await queue.put(new LateMoney())
    assert.ok((await queue.get()) instanceof LateMoney)
  })

  it('are refused by name where a process can not know their class: the message says which, and what to do', async () => {
    await using manager = await SyncManager.start()
    const queue = await manager.Queue<unknown>()
    class Unknown {
      readonly field = 1
    }
    registerClass(Unknown)
    const error: unknown = await queue.put(new Unknown()).catch((reason: unknown) => reason)
    assert.ok(isManagerError(error, 'UNSERIALIZABLE'))
    assert.match(
      error.message,
      new RegExp(`class Unknown arrived in process ${manager.pid}, .*registerClass\\(Unknown\\)`),
    )
  })
})

function named(name: string): { readonly module: string; readonly name: string } {
  return { module: work, name }
}
