import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { isManagerError, Manager, type ManagerOptions, type Remote } from 'referent'
import { endingMs } from '../../lib/server/ending.ts'
import { Caller } from '../harness/caller.ts'
import { eventually, within } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Phone } from './phone.ts'

leaveNothing()

/** Where the server is, by the name that the specs give it. */
const hosts: Readonly<Record<string, (options?: ManagerOptions) => Promise<Manager>>> = {
  'a server process': (options) => Manager.start(options),
  'a server in its own process': (options) => Manager.serve(options),
}

for (const [host, begin] of Object.entries(hosts))
  describe(`the shutdown of ${host}`, () => {
    const managers: Manager[] = []
    let journal: string

    beforeEach(() => (journal = join(tmpdir(), 'journal')))
    afterEach(async () => {
      await Promise.all(managers.splice(0).map((manager) => manager.close()))
      rmSync(journal, { force: true })
    })

    async function open(options?: ManagerOptions): Promise<{ owner: Manager; client: Manager; phone: Remote<Phone> }> {
      const owner = await begin(options)
      managers.push(owner)
      const client = await connect(owner)
      return { owner, client, phone: await client.create(Phone, journal) }
    }

    async function connect({ address, authkey }: Manager): Promise<Manager> {
      const client = await Manager.connect(address, { authkey })
      managers.push(client)
      return client
    }

    const enders: Readonly<Record<string, (owner: Manager, client: Manager) => Promise<void>>> = {
      'its owner shuts it down': (owner) => owner.shutdown(),
      'its owner closes it': (owner) => owner.close(),
      'the client shuts it down': (_owner, client) => client.shutdown(),
    }

    for (const [ending, end] of Object.entries(enders))
      it(`lets a client's running call finish, and refuses new calls meanwhile, where ${ending}`, async () => {
        const { owner, client, phone } = await open()
        const caller = new Caller()
        const asked = phone.ask(caller.callback)
        await within('the call', caller.called)
        const ended = end(owner, client)
        const refused = await refusal(phone)
        caller.answer('hello')
        assert.equal(await asked, 'hello')
        await within('the end', ended)
        assert.deepEqual([refused.code, refused.delivery], ['SHUTTING_DOWN', 'not-sent'])
        assert.match(refused.message, /server is shutting down/)
        await assert.rejects(client.create(Phone), { code: 'SESSION_LOST', delivery: 'not-sent' })
        await assert.rejects(phone.ping(), { code: 'SESSION_LOST', delivery: 'not-sent' })
        await assert.rejects(Manager.connect(owner.address, { authkey: owner.authkey }), { code: 'CONNECT_FAILED' })
        assert.deepEqual(noted(), ['was told hello', 'was disposed of'])
      })

    it('lets the running calls of its owner finish too', async () => {
      const { owner } = await open()
      const caller = new Caller()
      const phone = await owner.create(Phone)
      const asked = phone.ask(caller.callback)
      await within('the call', caller.called)
      const ended = owner.shutdown()
      assert.equal((await refusal(phone)).code, 'SHUTTING_DOWN')
      caller.answer('hello')
      assert.equal(await asked, 'hello')
      await within('the end', ended)
    })

    it('rejects the calls of its owner that run when that closes', async () => {
      const { owner } = await open()
      const caller = new Caller()
      const asked = (await owner.create(Phone)).ask(caller.callback)
      await within('the call', caller.called)
      const lost = assert.rejects(asked, { code: 'SESSION_LOST', delivery: 'unknown' })
      await within('the end', owner.close())
      await lost
    })

    it('aborts after the grace time, and answers what the methods come to', async () => {
      const { owner, phone } = await open({ graceMs: 50 })
      const [first, second] = [new Caller(), new Caller()]
      const answers = phone.wait(tellAndGoOn(first))
      const throws = phone.wait(tellAndGoOn(second), 'throws')
      const thrown = assert.rejects(throws, { code: 'SHUTTING_DOWN', delivery: 'done' })
      await within('the calls', Promise.all([first.called, second.called]))
      await within('the end', owner.shutdown())
      assert.equal(await answers, 'SHUTTING_DOWN')
      await thrown
      assert.deepEqual(noted(), ['was aborted', 'was aborted', 'was disposed of'])
    })

    it('answers for a method that ignores its signal, and is over in its time', async () => {
      const { owner, phone } = await open({ graceMs: 50 })
      const caller = new Caller()
      const hangs = phone.hang(tellAndGoOn(caller))
      const refused = assert.rejects(hangs, { code: 'SHUTTING_DOWN', delivery: 'unknown' })
      await within('the call', caller.called)
      const start = performance.now()
      await within('the end', owner.shutdown())
      assert.ok(performance.now() - start < endingMs(50))
      await refused
      assert.deepEqual(noted(), ['was disposed of'])
    })

    it('disposes in order where a method goes on that was answered for, and asks whether that was delivered', async () => {
      const { owner, phone } = await open({ graceMs: 50 })
      const caller = new Caller()
      const refused = assert.rejects(phone.goOn(tellAndGoOn(caller)), { code: 'SHUTTING_DOWN' })
      await within('the call', caller.called)
      await within('the end', owner.shutdown())
      await refused
      const lines = ['delivered: false', 'true item true 0', 'was disposed of']
      await eventually('it has gone on', () => (noted().length >= lines.length ? true : undefined))
      assert.deepEqual(noted().toSorted(), lines)
    })

    it('fails a stream that goes on, whose producer runs its finally before it is disposed of', async () => {
      const { owner, phone } = await open({ graceMs: 50 })
      let ended: Promise<void> | undefined
      await assert.rejects(
        async () => {
          for await (const count of phone.ring()) if (count === 3) ended = owner.shutdown()
        },
        { code: 'SHUTTING_DOWN', delivery: 'unknown' },
      )
      await within('the end', ended ?? Promise.reject(new Error('the stream ended early')))
      assert.deepEqual(noted(), ['stopped ringing: SHUTTING_DOWN', 'was disposed of'])
    })

    it('waits for the methods of a client that is gone, whose signals have aborted, before it disposes', async () => {
      const { owner, client, phone } = await open()
      const caller = new Caller()
      const waits = assert.rejects(phone.wait(tellAndGoOn(caller)), { code: 'SESSION_LOST' })
      await within('the call', caller.called)
      await Promise.all([client.close(), owner.close()])
      await waits
      assert.deepEqual(noted(), ['was aborted', 'was disposed of'])
    })

    it('is one, however many ask for it, and however often', async () => {
      const { owner, client, phone } = await open()
      const other = await connect(owner)
      const caller = new Caller()
      const asked = phone.ask(caller.callback)
      await within('the call', caller.called)
      const first = client.shutdown()
      await refusal(phone)
      const all = Promise.all([first, other.shutdown(), client.shutdown(), owner.shutdown(), owner.shutdown()])
      caller.answer('hello')
      assert.equal(await asked, 'hello')
      await within('the end', all)
      await within('the rest', Promise.all([owner.close(), owner.close(), client.close(), other.shutdown()]))
      assert.deepEqual(noted(), ['was told hello', 'was disposed of'])
    })

    it('takes no time where nothing runs', async () => {
      const { owner } = await open({ graceMs: 600_000 })
      await within('the end', owner.shutdown())
    })

    it('refuses a time of grace that no timer can keep', async () => {
      for (const graceMs of [-1, Number.NaN, 2 ** 31])
        await assert.rejects(begin({ graceMs }), { name: 'RangeError', message: /graceMs is .*from 0 to/ })
    })

    function noted(): string[] {
      return readFileSync(journal, 'utf8').trimEnd().split('\n')
    }
  })

/** The callback that only tells that it was called. */
function tellAndGoOn(caller: Caller): () => Promise<string> {
  caller.answer('go on')
  return caller.callback
}

/** What a call rejects with as soon as the server takes no more. */
async function refusal(phone: Remote<Phone>): Promise<{ code: string; delivery: unknown; message: string }> {
  return eventually('a call is refused', async () => {
    try {
      await phone.ping()
      return undefined
    } catch (error) {
      assert.ok(isManagerError(error), String(error))
      return { code: error.code, delivery: error.delivery, message: error.message }
    }
  })
}
