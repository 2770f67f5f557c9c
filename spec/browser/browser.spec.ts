import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { Manager, refOf, type Remote } from 'referent'
import type * as Client from 'referent/browser'
import { eventually } from '../harness/eventually.ts'
import { leaveNothing } from '../harness/leave-nothing.ts'
import { Desk } from './desk.ts'
import { Relay } from './relay.ts'
import { Stage } from './stage.ts'

/** What the pages have. What is given to `evaluate` runs there. */
declare const referent: typeof Client

leaveNothing()

describe('in one browser,', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.start()
  })
  after(() => stage[Symbol.asyncDispose]())

  describe('a page in a browser', { timeout: 120_000 }, () => {
    let manager: Manager
    let desk: Remote<Desk>
    let page: Page

    before(async () => {
      manager = await Manager.start({ address: 'ws://127.0.0.1:0', origins: [stage.origin], resumeMs: 1000 })
      desk = await manager.create(Desk)
      page = await stage.open()
    })
    after(async () => {
      await page.close()
      await manager.close()
    })

    it('calls what a reference opens, reads its properties and its snapshot', async () => {
      const told = await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          const again = await referent.attach<Desk>(reference)
          return {
            sum: await remote.add(1, 2),
            many: await Promise.all(Array.from({ length: 1000 }, (_, index) => remote.add(index, 1))),
            aborted: await remote.aborted,
            snapshot: await referent.snapshot(remote),
            typeid: referent.typeidOf(remote),
            isSame: remote === again,
            isProxy: referent.isProxy(remote),
          }
        },
        String(refOf(desk)),
      )
      assert.deepEqual(told, {
        sum: 3,
        many: Array.from({ length: 1000 }, (_, index) => index + 1),
        aborted: 0,
        snapshot: { label: 'desk' },
        typeid: 'Desk',
        isSame: true,
        isProxy: true,
      })
    })

    it('sends and receives values as they are, of any kind and length', async () => {
      const differences = await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          const cycle: { self?: unknown; list: unknown[] } = { list: [] }
          cycle.self = cycle
          cycle.list.push(cycle)
          const shown = (value: unknown): string =>
            value instanceof Map || value instanceof Set
              ? `${value.constructor.name} ${[...value].map(String).join()}`
              : ArrayBuffer.isView(value)
                ? `${value.constructor.name} ${[...new Uint8Array(value.buffer)].join()}`
                : typeof value === 'number'
                  ? Object.is(value, -0)
                    ? '-0'
                    : String(value)
                  : `${Object.prototype.toString.call(value)} ${typeof value === 'bigint' ? value : String(value)}`
          const values = [
            undefined,
            null,
            true,
            -0,
            NaN,
            Infinity,
            1e300,
            2 ** 31,
            'é€😀',
            '\ud800',
            'x'.repeat(100_000),
            '€'.repeat(100_000),
            10n ** 100n,
            -5n,
            new Date(1e12),
            new Map<unknown, unknown>([[1, 'a']]),
            new Set(['b']),
            /a\/b/gi,
            new URL('https://a.example/?q=1'),
            Uint8Array.of(1, 2, 3),
            Float64Array.of(NaN, -0),
            BigInt64Array.of(-1n),
            new Uint8Array(1_000_000).fill(7),
            Array.from({ length: 3 }).with(1, 'between'),
            new Error('e'),
            Array.from({ length: 10_000 }, (_, index) => ({ index })),
          ]
          const wrong: string[] = []
          for (const value of values) {
            const back: unknown = await remote.echo(value)
            if (shown(back) !== shown(value))
              wrong.push(`${shown(value).slice(0, 100)} became ${shown(back).slice(0, 100)}`)
          }
          const back = (await remote.echo(cycle)) as typeof cycle
          if (back.self !== back || back.list[0] !== back) wrong.push('a cycle')
          const refused: unknown = await remote.echo({ at: [document.body] }).catch((error: unknown) => error)
          if (!referent.isManagerError(refused, 'UNSERIALIZABLE') || !refused.message.includes('at[0]'))
            wrong.push(`an element: ${String(refused)}`)
          return wrong
        },
        String(refOf(desk)),
      )
      assert.deepEqual(differences, [])
    })

    it('is told of errors as they are, but for stacks', async () => {
      const told = await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          const error: unknown = await remote.fail().catch((thrown: unknown) => thrown)
          const hidden: unknown = await referent.callMethod(remote, 'constructor').catch((thrown: unknown) => thrown)
          if (!(error instanceof RangeError) || !referent.isManagerError(hidden)) return String(error)
          const { message, stack } = error
          return {
            message,
            code: String(Reflect.get(error, 'code')),
            cause: String(error.cause),
            hasPath: /desk\.[jt]s/.test(stack ?? ''),
            hidden: hidden.code,
          }
        },
        String(refOf(desk)),
      )
      assert.deepEqual(told, {
        message: 'the desk is closed',
        code: 'CLOSED',
        cause: 'Error: night',
        hasPath: false,
        hidden: 'NOT_EXPOSED',
      })
    })

    it('is called back, also later, until the page goes', async () => {
      const other = await stage.open(stage.origin, {})
      const told = await other.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          await remote.listen((text) => `${text} ${document.title}`)
          return remote.each(100, async (index) => index)
        },
        String(refOf(desk)),
      )
      assert.equal(told, 4950)
      assert.equal(await desk.tell('hello'), 'hello spec')
      const sessions = async (): Promise<number> => (await manager.inspect()).sessions.length
      assert.equal(await sessions(), 3)
      await other.context().close()
      await eventually('its session ends', async () => ((await sessions()) === 2 ? true : undefined))
      await assert.rejects(desk.tell('hello'), { code: 'SESSION_LOST' })
    })

    it('hosts objects of its own, which are called until they are let go', async () => {
      const told = await page.evaluate(
        async (reference) => {
          class Note {
            text = 'written'
            read(): string {
              return this.text
            }
            hide(): string {
              return 'hidden'
            }
          }
          referent.Exposed(Note.prototype, 'read', Object.getOwnPropertyDescriptor(Note.prototype, 'read') ?? {})
          referent.Shared()(Note)
          const remote = await referent.attach<Desk>(reference)
          const refused: unknown = await remote.ask(new Note(), 'hide').catch((error: unknown) => error)
          return [await remote.ask(new Note(), 'read'), referent.isManagerError(refused) && refused.code]
        },
        String(refOf(desk)),
      )
      assert.deepEqual(told, ['written', 'NOT_EXPOSED'])
    })

    it('reads streams, leaves them, and is read', async () => {
      const told = await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          let sum = 0
          for await (const number of remote.count(1000)) sum += number
          let last = 0
          for await (const number of remote.count(1_000_000)) {
            last = number
            if (number === 50) break
          }
          async function* numbers(): AsyncGenerator<number> {
            for (let number = 1; number <= 500; number++) yield number
          }
          return { sum, last, given: await remote.sum(numbers()) }
        },
        String(refOf(desk)),
      )
      assert.deepEqual(told, { sum: 500_500, last: 50, given: 125_250 })
    })

    it('hands references on, which come home as themselves', async () => {
      const handed = await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          const drawer = await remote.drawer()
          await drawer.put({ any: 'thing' })
          if (!(await remote.owns(drawer))) throw new Error('it came home as another')
          return referent.refOf(drawer)
        },
        String(refOf(desk)),
      )
      const drawer = await (
        await stage.open()
      ).evaluate(async (reference) => {
        const remote = await referent.attach<{ put(thing: unknown): number }>(reference)
        return remote.put(1)
      }, handed)
      assert.equal(drawer, 2)
    })

    it('aborts calls, which end in time, and tells their methods', async () => {
      const told = await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          const codeOf = (error: unknown): unknown => (referent.isManagerError(error) ? error.code : String(error))
          const controller = new AbortController()
          const aborted = referent.withOptions(remote, { signal: controller.signal }).wait().catch(codeOf)
          while ((await remote.waiting) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
          controller.abort()
          const timedOut = await referent.withOptions(remote, { timeoutMs: 20 }).wait().catch(codeOf)
          return [await aborted, timedOut]
        },
        String(refOf(desk)),
      )
      assert.deepEqual(told, ['ABORTED', 'TIMEOUT'])
      await eventually('both methods are told', async () => ((await desk.aborted) === 2 ? true : undefined))
    })

    it('can not connect from an origin that the server does not name', async () => {
      const stranger = await stage.open(stage.otherOrigin)
      const told = await stranger.evaluate(
        async (reference) => {
          const error: unknown = await referent.attach(reference).catch((thrown: unknown) => thrown)
          return referent.isManagerError(error) ? [error.code, error.message] : [String(error)]
        },
        String(refOf(desk)),
      )
      assert.equal(told[0], 'CONNECT_FAILED')
      assert.match(told[1] ?? '', /the server doesn't name the origin of this page \(origins\)/)
    })

    it('says what it can not do: other addresses, other networks without encryption, TLS of its own', async () => {
      const told = await page.evaluate(
        async (reference) => {
          const tries = [
            referent.attach(reference.replace('ws%3A%2F%2F127.0.0.1', 'tls%3A%2F%2F127.0.0.1')),
            referent.attach(reference.replace('127.0.0.1', '192.0.2.1')),
            referent.attach(reference.replace(/#.*/, '#aaaaaaaaaaaaaaaaaaaaaa')),
            referent.attach(reference.replace('ws%3A', 'wss%3A'), { tls: {}, timeoutMs: 1000 }),
            referent.attach('nothing'),
          ]
          return (await Promise.allSettled(tries)).map((each) => each.status === 'rejected' && String(each.reason))
        },
        String(refOf(desk)),
      )
      const expected = [
        /have the server listen at wss: or ws:/,
        /allowUnencrypted: true/,
        /refused|doesn't open|altered|capability/,
        /tls is what the browser makes of it/,
        /not a reference/,
      ]
      for (const [index, pattern] of expected.entries()) assert.match(String(told[index]), pattern)
    })
  })

  describe('a page whose connection is cut', { timeout: 60_000 }, () => {
    it('goes on by another one, where the server says so, with the proxies that it has', async () => {
      await using relay = await Relay.start()
      await using manager = await Manager.start({
        address: `ws://127.0.0.1:${relay.target}`,
        advertise: relay.address,
        origins: [stage.origin],
        resumeMs: 0,
        reconnectMs: 10_000,
      })
      const desk = await manager.create(Desk)
      const page = await stage.open()
      await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          const codeOf = (error: unknown): unknown => (referent.isManagerError(error) ? error.code : String(error))
          Object.assign(globalThis, { remote, waiting: remote.wait().catch(codeOf) })
          while ((await remote.waiting) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        },
        String(refOf(desk)),
      )
      relay.cut()
      // A call that is sent before the page learns of the cut would end as this one.
      const told = await page.evaluate(async () => [
        await (Reflect.get(globalThis, 'waiting') as Promise<unknown>),
        await (Reflect.get(globalThis, 'remote') as Remote<Desk>).add(3, 4),
      ])
      assert.deepEqual(told, ['SESSION_LOST', 7])
      assert.equal(relay.connections, 2)
    })
  })

  describe('a page that goes', { timeout: 60_000 }, () => {
    it('gives all back at once, however long the server waits for those that are cut off', async () => {
      await using manager = await Manager.start({
        address: 'ws://127.0.0.1:0',
        origins: [stage.origin],
        resumeMs: 600_000,
      })
      const reference = String(refOf(await manager.create(Desk)))
      const ways: ((page: Page) => Promise<unknown>)[] = [
        (page) => page.reload(),
        (page) => page.goto(stage.otherOrigin),
        (page) => page.close(),
      ]
      for (const go of ways) {
        const page = await stage.open()
        await page.evaluate((text) => referent.attach<Desk>(text).then((remote) => remote.add(1, 2)), reference)
        const sessions = async (): Promise<number> => (await manager.inspect()).sessions.length
        assert.equal(await sessions(), 2)
        await go(page)
        await eventually('its session ends', async () => ((await sessions()) === 1 ? true : undefined))
      }
    })
  })

  describe('a page whose connection is cut for a moment', { timeout: 60_000 }, () => {
    it('goes on where it was, with the calls that run and the streams that are read', async () => {
      await using relay = await Relay.start()
      await using manager = await Manager.start({
        address: `ws://127.0.0.1:${relay.target}`,
        advertise: relay.address,
        origins: [stage.origin],
      })
      const page = await stage.open()
      await page.evaluate(
        async (reference) => {
          const remote = await referent.attach<Desk>(reference)
          const numbers = remote.count(1000)
          await numbers.next()
          Object.assign(globalThis, { remote, numbers })
        },
        String(refOf(await manager.create(Desk))),
      )
      relay.cut()
      const rest = await page.evaluate(async () => {
        let sum = 0
        for await (const number of Reflect.get(globalThis, 'numbers') as AsyncGenerator<number>) sum += number
        return [sum, await (Reflect.get(globalThis, 'remote') as Remote<Desk>).add(3, 4)]
      })
      assert.deepEqual(rest, [500_499, 7])
      assert.equal(relay.connections, 2)
    })
  })

  describe('a page at wss:', { timeout: 60_000 }, () => {
    const read = (name: string): string => readFileSync(`spec/fixtures/certificate/${name}`, 'utf8')

    it('connects where its browser trusts the certificate, and not where it does not', async () => {
      const tls = { cert: read('cert.pem'), key: read('key.pem') }
      await using manager = await Manager.start({ address: 'wss://127.0.0.1:0', tls, origins: [stage.origin] })
      const reference = String(refOf(await manager.create(Desk)))
      const add = async (page: Page): Promise<unknown> =>
        page.evaluate(async (text) => {
          const remote: unknown = await referent.attach<Desk>(text).catch((error: unknown) => String(error))
          return typeof remote === 'string' ? remote : (remote as Remote<Desk>).add(1, 2)
        }, reference)
      assert.equal(await add(await stage.open(stage.origin, { ignoreHTTPSErrors: true })), 3)
      assert.match(String(await add(await stage.open())), /CONNECT_FAILED|doesn't trust its certificate/)
    })
  })
})
