import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { after, before, describe, it } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { attach, Manager, type ManagerOptions, Pool, Process, refOf, type Remote, sameReferent } from 'referent'
import { selfSigned } from '../../lib/transport/certificate.ts'
import { Counter } from '../harness/counter.ts'
import { within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Program } from '../harness/program.ts'
import { increment } from './increment.ts'
import { Keeper } from './keeper.ts'

leaveNothing()

for (const kind of ['tcp', 'tls', 'ws', 'wss'] as const) {
  describe(`a manager at an address of ${kind}:`, { timeout: 60_000 }, () => {
    let manager: Manager
    let counter: Remote<Counter>

    before(async () => {
      manager = await Manager.start({ address: `${kind}://127.0.0.1:0` })
      counter = await manager.create(Counter)
    })
    after(() => manager.close())

    it('has the port that was free, and is reached there by who has the authkey', async () => {
      assert.match(manager.address, new RegExp(`^${kind}://127\\.0\\.0\\.1:[1-9]\\d+$`))
      await using client = await Manager.connect(manager.address, { authkey: manager.authkey })
      const named = await client.named('shared', Counter)
      assert.equal(await named.increment(), 1)
      assert.equal(await (await manager.lookup<Counter>('shared')).increment(), 2)
      await manager.forget('shared')
    })

    it('refuses a wrong authkey', async () => {
      await assert.rejects(Manager.connect(manager.address, { authkey: 'guess' }), { code: 'AUTH_FAILED' })
    })

    it('is dialed for a reference by another program, and by another server', async () => {
      const value = await counter.value
      const { lines } = await Program.run('./programs/increments.ts', import.meta.url, { args: [refOf(counter)] })
      assert.deepEqual(lines, [String(value + 1)])
      await using other = await Manager.start()
      const keeper = await other.create(Keeper, counter)
      assert.equal(await keeper.increment(), value + 2)
      assert.ok(sameReferent(await keeper.kept(), counter))
    })

    it('calls back, and streams', async () => {
      const keeper = await manager.create(Keeper, counter)
      assert.equal(await keeper.ask(async (text) => `${text}!`), 'well!')
      const items: number[] = []
      for await (const item of keeper.count(100)) items.push(item)
      assert.equal(items.length, 100)
    })

    it('is started anew at the same port', async () => {
      await using restarted = await Manager.start({ address: `${kind}://127.0.0.1:0`, restart: 'on-failure' })
      const named = await restarted.named('again', Counter, 5)
      const { address, pid } = restarted
      const reopened = once(restarted, 'restart')
      process.kill(pid, 'SIGKILL')
      await within('the restart', reopened)
      assert.equal(await named.value, 5)
      assert.equal(restarted.address, address)
    })
  })
}

describe('a manager at an address of tls:', { timeout: 60_000 }, () => {
  for (const kind of ['tls', 'wss'] as const)
    it(`is safe from one who stands between: neither an authkey nor a reference is of use there, as at ${kind}:`, async () => {
      await using manager = await Manager.serve({ address: `${kind}://127.0.0.1:0` })
      const counter = await manager.create(Counter)
      await using between = await Between.start(manager.address)
      await assert.rejects(Manager.connect(between.address, { authkey: manager.authkey }), { code: 'AUTH_FAILED' })
      const moved = refOf(counter).replace(encodeURIComponent(manager.address), encodeURIComponent(between.address))
      assert.notEqual(moved, refOf(counter))
      await assert.rejects(attach(moved), { code: 'AUTH_FAILED' })
      assert.equal(between.connections, 2)
    })

  it('tells a plain client what it may be that does not answer', async () => {
    await using manager = await Manager.serve({ address: 'tls://127.0.0.1:0' })
    const plain = manager.address.replace('tls:', 'tcp:')
    await assert.rejects(Manager.connect(plain, { authkey: manager.authkey, timeoutMs: 200 }), {
      code: 'TIMEOUT',
      message: /does it speak TLS, at tls: instead\?/,
    })
  })

  it('takes certificates of its own, which clients may want to check', async () => {
    const [own, foreign] = [selfSigned(), selfSigned()]
    await using manager = await Manager.start({ address: 'tls://127.0.0.1:0', tls: own })
    const { address, authkey } = manager
    const tls = { ca: own.cert, servername: 'referent' }
    await using client = await Manager.connect(address, { authkey, tls })
    const counter = await client.create(Counter)
    assert.equal(await counter.increment(), 1)
    await assert.rejects(Manager.connect(address, { authkey, tls: { ...tls, ca: foreign.cert } }), {
      code: 'CONNECT_FAILED',
    })
  })

  it('lets nobody in without a certificate where it says who may sign them, but its owner', async () => {
    const own = selfSigned()
    await using manager = await Manager.start({ address: 'tls://127.0.0.1:0', tls: { ...own, ca: own.cert } })
    const { address, authkey } = manager
    assert.equal(await (await manager.create(Counter)).increment(), 1)
    await using client = await Manager.connect(address, { authkey, tls: own })
    assert.equal(await (await client.create(Counter)).increment(), 1)
    for (const tls of [{}, selfSigned()])
      await assert.rejects(Manager.connect(address, { authkey, tls }), /certificate/)
  })
})

describe('the address of a server', { timeout: 60_000 }, () => {
  const advertisedBy = async (options: ManagerOptions): Promise<string> => {
    await using manager = await Manager.serve(options)
    const counter = await manager.create(Counter)
    assert.ok(refOf(counter).includes(encodeURIComponent(manager.address)))
    return manager.address.replace(/:\d+$/, '')
  }

  it('is where it listens, the name of the host, or what it is told to advertise', async () => {
    assert.equal(await advertisedBy({ address: 'tls://127.0.0.1:0' }), 'tls://127.0.0.1')
    assert.equal(await advertisedBy({ address: 'tls://0.0.0.0:0' }), `tls://${hostname().toLowerCase()}`)
    assert.equal(
      await advertisedBy({ address: 'tls://0.0.0.0:0', advertise: 'tls://db.example.org:0' }),
      'tls://db.example.org',
    )
    const behind = { address: 'ws://127.0.0.1:0', advertise: 'wss://app.example.org:443' }
    assert.equal(await advertisedBy(behind), 'wss://app.example.org')
  })

  it('of WebSockets takes origins as browsers write them, and nothing else', async () => {
    const address = 'ws://127.0.0.1:0'
    for (const origin of [
      'app.example',
      'https://app.example/',
      'https://APP.example',
      'https://app.example:443',
      'null',
      '',
    ])
      assert.throws(() => new Manager({ address, origins: [origin] }), {
        name: 'TypeError',
        message: /origins\[0\] has '.*', which is no origin; one looks like https:/,
      })
    for (const origin of ['https://app.example', 'http://localhost:8080', '*'])
      assert.ok(new Manager({ address, origins: [origin] }))
  })

  it('is dialed by a process of the program as by the program itself, for the proxies that it is handed', async () => {
    const own = selfSigned()
    // To this machine too, but by an address that isn't known to be one of it.
    const open = { allowUnencrypted: true, advertise: 'tcp://[::ffff:127.0.0.1]:0' }
    for (const [options, dialing, refusal] of [
      [{ address: 'tcp://0.0.0.0:0', ...open }, { allowUnencrypted: true }, /allowUnencrypted: true/],
      [{ address: 'tls://127.0.0.1:0', tls: { ...own, ca: own.cert } }, { tls: own }, /certificate/],
    ] as const) {
      await using manager = await Manager.start(options)
      const counter = await manager.create(Counter)
      const child = new Process(increment, [counter])
      child.start()
      await child.join()
      assert.deepEqual([child.exitCode, await counter.value], [0, 1])
      await using pool = new Pool({ processes: 1 })
      assert.equal(await pool.apply(increment, [counter]), 2)

      // Another program says so itself.
      const program = (...args: string[]) =>
        Program.run('./programs/increments.ts', import.meta.url, { args: [refOf(counter), ...args] })
      assert.match((await program()).stderr, refusal)
      assert.deepEqual((await program(JSON.stringify(dialing))).lines, ['3'])
    }
  })

  it('must be one for which the options of networks do something', async () => {
    const tls = selfSigned()
    for (const options of [
      { tls },
      { tls, address: 'tcp://127.0.0.1:0' },
      { advertise: 'tls://a:1' },
      { advertise: 'tls://a:1', address: 'tcp://127.0.0.1:0' },
      { advertise: 'wss://a:1', address: 'tcp://127.0.0.1:0' },
      { advertise: 'ws://a:1', address: 'wss://127.0.0.1:0' },
      { origins: ['https://app.example'], address: 'tls://127.0.0.1:0' },
    ])
      assert.throws(() => new Manager(options), {
        name: 'TypeError',
        message: /tls is given, and no|is to be advertised, and|origins are given, and no/,
      })
    await assert.rejects(Manager.connect('unix:/a', { authkey: 'k', tls }), { message: /tls is given, and no/ })
    await using manager = await Manager.serve()
    const reference = refOf(await manager.create(Counter))
    await assert.rejects(attach(reference, { tls }), { name: 'TypeError', message: /tls is given, and no/ })
  })

  it('must be one of a network to be advertised', async () => {
    for (const advertise of ['unix:/a', 'db.example.org', ''])
      await assert.rejects(Manager.start({ address: 'tls://127.0.0.1:0', advertise }), { name: 'TypeError' })
  })

  it('that is not encrypted is refused for other machines, unless it is asked for', async () => {
    await assert.rejects(Manager.start({ address: 'tcp://0.0.0.0:0' }), {
      code: 'START_FAILED',
      message: /allowUnencrypted/,
    })
    await assert.rejects(Manager.connect('tcp://192.0.2.1:7', { authkey: 'k' }), { message: /allowUnencrypted/ })
    await using manager = await Manager.start({ address: 'tcp://0.0.0.0:0', allowUnencrypted: true })
    assert.equal(await (await manager.create(Counter)).increment(), 1)
  })
})

/** Ends the encryption of clients, and begins another to the server. */
class Between implements AsyncDisposable {
  readonly address: string
  connections = 0
  readonly #close: () => Promise<void>

  private constructor(address: string, close: () => Promise<void>) {
    this.address = address
    this.#close = close
  }

  static async start(serverAddress: string): Promise<Between> {
    const sockets: TLSSocket[] = []
    const server = createServer({ ...selfSigned(), minVersion: 'TLSv1.3' }, (near) => {
      between.connections++
      const far = connect({ host: '127.0.0.1', port: Number(/\d+$/.exec(serverAddress)), rejectUnauthorized: false })
      sockets.push(near, far)
      for (const socket of [near, far]) socket.on('error', () => undefined)
      near.pipe(far).pipe(near)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const between = new Between(
      `${/^\w+/.exec(serverAddress)?.[0]}://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async () => {
        for (const socket of sockets) socket.destroy()
        server.close()
        await once(server, 'close')
      },
    )
    return between
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}
