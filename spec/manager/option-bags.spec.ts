import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Exposed, Manager, Shared, SyncManager } from 'referent'
import { Counter } from '../harness/counter.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'

leaveNothing()

// What plain JavaScript passes, which no type holds back.
type Loose = (...args: unknown[]) => unknown

function loose(target: object, name: string): Loose {
  const method: unknown = Reflect.get(target, name)
  return (...args) => Reflect.apply(method as Loose, target, args)
}

describe('the options of managers, in plain JavaScript', { timeout: 60_000 }, () => {
  let manager: Manager
  before(async () => (manager = await Manager.serve()))
  after(() => manager.close())

  const unknownNames: readonly [call: () => unknown, message: RegExp][] = [
    [
      () => new Manager({ callTimeout: 5 } as never),
      /new Manager has no option 'callTimeout': did you mean callTimeoutMs\?/,
    ],
    [
      () => new Manager({ heartbeat: { interval: 5 } } as never),
      /heartbeat has no option 'interval': did you mean intervalMs\?/,
    ],
    [() => loose(Manager, 'start')({ grace: 5 }), /Manager.start has no option 'grace': did you mean graceMs\?/],
    [() => loose(Manager, 'start')({ timeout: 5 }), /'timeout': did you mean timeoutMs\?/],
    [() => loose(Manager, 'start')({ restarts: 'never' }), /'restarts': did you mean restart\?/],
    [() => loose(new Manager(), 'start')({ adress: 'unix:/x' }), /manager.start has no option 'adress'/],
    [
      () => loose(Manager, 'serve')({ adress: 'unix:/x' }),
      /Manager.serve has no option 'adress': did you mean address\?/,
    ],
    [
      () => loose(Manager, 'connect')('unix:/x', { authkey: 'k', timeout: 5 }),
      /Manager.connect .*did you mean timeoutMs\?/,
    ],
    [
      () => loose(Manager, 'register')('Bad', Counter, { expose: 'public' }),
      /Manager.register .*did you mean exposed\?/,
    ],
    [
      () => loose(manager, 'lookup')('name', { timeout: 5 }),
      /manager.lookup has no option 'timeout': did you mean timeoutMs\?/,
    ],
    [() => loose(manager, 'inspect')({ timeout: 5 }), /manager.inspect has no option/],
    [() => loose(manager, 'forget')('name', { timeout: 5 }), /manager.forget has no option/],
    [() => loose(manager, 'shutdown')({ timeout: 5 }), /manager.shutdown has no option/],
    [() => Shared({ typeId: 'X' } as never), /@Shared has no option 'typeId': did you mean typeid\?/],
    [() => Shared({ snapshots: true } as never), /@Shared has no option 'snapshots': did you mean snapshot\?/],
    [() => Exposed({ timeout: 5 } as never), /@Exposed has no option 'timeout': did you mean timeoutMs\?/],
    [() => Exposed({ readOnly: true } as never), /@Exposed has no option 'readOnly': did you mean readonly\?/],
  ]
  it('are refused where nobody knows their name, with the right one', async () => {
    for (const [call, message] of unknownNames)
      await assert.rejects(async () => void (await call()), { name: 'TypeError', message }, String(message))
  })

  const noOptions: readonly [call: () => unknown, message: RegExp][] = [
    [() => new Manager('unix:/x' as never), /the options of new Manager are 'unix:\/x'; they must be an object/],
    [() => loose(Manager, 'start')('unix:/x'), /options of Manager.start/],
    [() => loose(new Manager(), 'start')(30_000), /options of manager.start are 30000/],
    [() => loose(Manager, 'serve')('unix:/x'), /options of Manager.serve/],
    [() => loose(Manager, 'connect')('unix:/x', 'a secret'), /options of Manager.connect are 'a secret'/],
    [() => loose(Manager, 'connect')('unix:/x'), /Manager.connect needs the authkey/],
    [() => loose(Manager, 'connect')({ authkey: 'k' }), /the address to connect to is an object; it must be a text/],
    [() => loose(Manager, 'register')('Bad', Counter, 'public'), /options of Manager.register are 'public'/],
    [() => loose(Manager, 'register')('Bad', Counter, { exposed: 5 }), /exposed of Counter is 5; it must be 'public'/],
    [() => loose(manager, 'lookup')('name', 100), /options of manager.lookup are 100/],
    [() => loose(manager, 'lookup')(5), /the name for manager.lookup is 5; it must be a text/],
    [() => loose(manager, 'named')(Counter), /the name for manager.named is a function; it must be a text/],
    [() => loose(manager, 'named')('name'), /undefined can't be created; give a class/],
    [() => loose(manager, 'create')(), /undefined can't be created; give a class/],
    [() => loose(manager, 'forget')(5), /what manager.forget is given is 5; it must be a name, or an object/],
    [() => loose(manager, 'share')(5), /what manager.share is given is 5; it must be an object/],
    [() => loose(manager, 'inspect')(false), /options of manager.inspect are false/],
    [() => loose(manager, 'shutdown')(5), /options of manager.shutdown are 5/],
    [
      () => loose(Manager, 'with')(Counter),
      /what Manager.with is given is a function; it must be an object of classes/,
    ],
    [() => Shared('X' as never), /options of @Shared are 'X'/],
    [() => Exposed('X' as never), /options of @Exposed are 'X'/],
  ]
  it('are refused where they are none, and so is what stands in the place of a name, an object or a class', async () => {
    for (const [call, message] of noOptions)
      await assert.rejects(async () => void (await call()), { name: 'TypeError', message }, String(message))
  })

  const wrongKinds: readonly [call: () => unknown, message: RegExp][] = [
    [() => new Manager({ address: 5 } as never), /address is 5; it must be a text/],
    [() => new Manager({ pinMs: '5' } as never), /pinMs is '5'; it must be a number/],
    [() => new Manager({ callTimeoutMs: '5' } as never), /callTimeoutMs is '5'; it must be a number/],
    [() => new Manager({ heartbeat: 5 } as never), /heartbeat are 5; they must be an object: \{ intervalMs, missed \}/],
    [() => new Manager({ exposeStacks: 'all' } as never), /exposeStacks is 'all'; it must be true, false or 'authkey'/],
    [() => new Manager({ authkey: 5 } as never), /authkey/],
    [() => loose(Manager, 'start')({ initializerArgs: 5 }), /initializerArgs is 5; it must be an array/],
    [() => loose(Manager, 'start')({ env: ['a'] }), /env is an array; it must be an object of texts/],
    [() => loose(Manager, 'start')({ signal: 5 }), /signal is 5; it must be an AbortSignal/],
    [() => Shared({ snapshot: 'name' } as never), /snapshot is 'name'; it must be true, false or an array of names/],
    [() => Shared({ snapshot: ['constructor'] }), /constructor can't be exposed/],
    [() => Exposed({ readonly: 'yes' } as never), /readonly is 'yes'; it must be true or false/],
  ]
  it('are refused where they are of another kind', async () => {
    for (const [call, message] of wrongKinds)
      await assert.rejects(async () => void (await call()), { name: 'TypeError', message }, String(message))
  })

  it('are all taken that there are', async () => {
    await using started = await SyncManager.start({
      timeoutMs: 30_000,
      graceMs: 100,
      restart: 'never',
      env: { A: 'b' },
    })
    const { signal } = new AbortController()
    const options = { authkey: started.authkey, timeoutMs: 10_000, signal, reconnectMs: 0, callTimeoutMs: 5000 }
    await using client = await SyncManager.connect(started.address, options)
    assert.equal(await (await client.Value(5)).get(), 5)
    assert.deepEqual((await client.inspect({ timeoutMs: 5000 })).pid, started.pid)
  })
})
