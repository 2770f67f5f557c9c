import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Manager } from 'referent'
import { narrowCapability, prove, proveCapability, ServerIdentity } from '../../lib/auth/proofs.ts'
import type { Line } from '../../lib/auth/handshake-channel.ts'
import { admit, logIn } from '../../lib/auth/handshake.ts'
import * as bodyLimits from '../../lib/codec/limits.ts'
import { createMemoryPair } from '../../lib/transport/memory.ts'
import { Rights } from '../../lib/wire/caveats.ts'
import { parseDescriptor } from '../../lib/wire/descriptor.ts'
import * as wireLimits from '../../lib/wire/limits.ts'
import { handshakeLimits, withLimits } from '../../lib/wire/limits.ts'
import type { MessageHead } from '../../lib/wire/message.ts'
import { maxIntegerBytes } from '../../lib/wire/reader.ts'
import { tag } from '../../lib/wire/tags.ts'
import { LoggedTransport } from '../auth/logged-transport.ts'
import { decode, encode } from '../codec/crossing.ts'
import { assertSameGraph } from '../codec/same-graph.ts'
import { standInPort, valueOf } from './described.ts'
import { Desk } from './desk.ts'
import { bodied, bytesOf, messageOf, messages } from './messages.ts'
import { frameVector, messagesIn } from './vectors.ts'

const page = readFileSync('docs/protocol.md', 'utf8')
const client = 'spec/wire/independent-client.js'
const limits = withLimits({})

describe('docs/protocol.md', { timeout: 30_000 }, () => {
  it('shows frames as they are', () => {
    const frames = blocks('hex frame').map(compact)
    assert.equal(frames.length, 2)
    for (const hex of frames) {
      const { messages: read, tail } = messagesIn(hex)
      assert.equal(frameVector(read, tail), hex)
      for (const message of read) decodeBody(messageOf(Buffer.from(message, 'hex')), tail)
    }
  })

  it('shows the lines of the handshake with the fields that they have', async () => {
    const said: Line[] = []
    for (const key of [Buffer.from('right'), Buffer.from('wrong')]) {
      const [near, far] = createMemoryPair()
      const signal = AbortSignal.timeout(5000)
      await Promise.allSettled([
        logIn(new LoggedTransport(near, said), { kind: 'authkey', key }, signal),
        admit(new LoggedTransport(far, said), gate, signal),
      ])
    }
    const shown = jsonBlocks('json line')
    for (const kind of ['hello', 'login', 'welcome', 'refused']) {
      const [real, example] = [said, shown].map((lines) => lines.find((line) => line['kind'] === kind))
      assert.deepEqual(Object.keys(example ?? {}), Object.keys(real ?? assert.fail()), kind)
    }
  })

  it('computes proofs as they are computed', () => {
    const examples = jsonBlocks('json proof') as Record<string, string>[]
    assert.equal(examples.length, 2)
    for (const { key = '', clientNonce = '', serverNonce = '', ...example } of examples) {
      const nonces = { client: clientNonce, server: serverNonce }
      assert.equal(example['clientText'], `referent:client:${clientNonce}:${serverNonce}`)
      assert.equal(example['clientProof'], prove('client', Buffer.from(key), nonces))
      assert.equal(example['serverProof'], prove('server', Buffer.from(key), nonces))
    }
    const [hello, login, welcome] = jsonBlocks('json line')
    const [example, capability] = examples
    const nonces = { client: example?.['clientNonce'] ?? '', server: example?.['serverNonce'] ?? '' }
    assert.equal(hello?.['server'], identity.serverId)
    assert.equal(welcome?.['signature'], identity.sign(nonces))
    assert.equal(capability?.['attachProof'], proveCapability(capability?.['key'] ?? '', 1, nonces))
    assert.deepEqual(
      [hello?.['nonce'], login?.['nonce'], login?.['proof'], welcome?.['proof']],
      [example?.['serverNonce'], example?.['clientNonce'], example?.['clientProof'], example?.['serverProof']],
    )
  })

  it('narrows references as they are narrowed', () => {
    const [example] = jsonBlocks('json caveats') as { secret: string; caveats: string[]; secrets: string[] }[]
    const { secret, caveats, secrets } = example ?? assert.fail()
    const derived = caveats.map((_, count) => caveats.slice(0, count + 1).reduce(narrowCapability, secret))
    assert.deepEqual(derived, secrets)
    assert.equal(new Rights(caveats).untilMs, 1_767_225_600_000)
  })

  it('lists all kinds of messages with their codes, fields and bodies', () => {
    const table = page.slice(page.indexOf('| | kind | fields'), page.indexOf('| of | flags |'))
    const rows = [...table.matchAll(/^\| (\d+) \| `(\w+)` \| (.*?) ?\| .* \|$/gm)]
    assert.equal(rows.length, messages.length)
    for (const [at, message] of messages.entries()) {
      const [, code, kind, fields = ''] = rows[at] ?? []
      const bytes = bytesOf(message)
      assert.deepEqual([Number(code), kind], [bytes[0], message.kind])
      assert.equal(fields.endsWith('body'), bodied.includes(message.kind), kind)
      const { kind: _, ...needed } = message
      const listed = [...fields.matchAll(/(?<!\[)`(\w+)`/g)].map(([, name]) => name)
      assert.deepEqual(
        listed.filter((name) => name !== 'flags' && !(kind === 'confirm' && name === 'count')),
        Object.keys(needed),
      )
    }
  })

  it('tells what each flag says', () => {
    const flags = page.slice(page.indexOf('| of | flags |'), page.indexOf('`chain`, `traceparent` and'))
    const rows = [...flags.matchAll(/^\| (`.*`) \| (.*) \|$/gm)]
    const told = new Map(
      rows.flatMap(([, kinds = '', said = '']) =>
        [...kinds.matchAll(/`(\w+)`/g)].map(([, kind]) => [kind, [...said.matchAll(/(\d+) `([\w-]+)`/g)]] as const),
      ),
    )
    const of: readonly (readonly [kind: string, extra: Readonly<Record<string, unknown>>])[] = [
      ...Object.entries({ ...asked, signalAt: 0, within: 7, awaited: true }).map(([name, value]) =>
        one('call', name, value),
      ),
      ...['get', 'assign', 'snapshot'].flatMap((kind) =>
        Object.entries(asked).map(([name, value]) => one(kind, name, value)),
      ),
      one('result', 'confirm', true),
      one('error', 'ended', true),
      one('cancel', 'timedOut', true),
      one('cancel', 'awaited', true),
    ]
    for (const [kind, extra] of of) {
      const message = { ...messages.find((each) => each.kind === kind), ...extra } as MessageHead
      const [, flag] = bytesOf(message)
      const [name] = Object.keys(extra)
      assert.deepEqual(
        [flag, name],
        told
          .get(kind)
          ?.map(([, number, each]) => [Number(number), each])
          .find(([, each]) => each === name),
      )
    }
    for (const [delivery, flag] of [
      ['not-sent', 1],
      ['unknown', 2],
    ] as const) {
      assert.equal(bytesOf({ ...messages[5], delivery } as MessageHead)[1], flag)
      assert.ok(told.get('error')?.some(([, number, name]) => Number(number) === flag && name === delivery))
    }
    assert.equal([...told.values()].flat().length, of.length + 2)
  })

  it('shows messages of every kind, all of them proper', () => {
    const shown = pairs('hex message')
    for (const { hex, json } of shown) {
      const { body, ...message } = json as Readonly<Record<string, unknown>>
      const bytes = [...Buffer.from(compact((body as string | undefined) ?? ''), 'hex')]
      assert.equal(bytesOf(message as unknown as MessageHead, bytes).toString('hex'), hex)
      const read = messageOf(Buffer.from(hex, 'hex'))
      assert.deepEqual({ ...read, body: read['body'] ?? [] }, { ...message, body: bytes })
      decodeBody(read)
    }
    assert.deepEqual(
      new Set(shown.map(({ json }) => Reflect.get(Object(json), 'kind') as unknown)),
      new Set(messages.map(({ kind }) => kind)),
    )
  })

  it('shows bodies as the codec writes them', () => {
    const bodies = pairs('hex body')
    assert.ok(bodies.length >= 13)
    for (const { hex, json } of bodies) {
      const { body } = encode(valueOf(json), standInPort)
      assert.equal(Buffer.from(body).toString('hex'), hex)
      assertSameGraph(valueOf(json), decode(Buffer.from(hex, 'hex'), [], standInPort))
    }
  })

  it('lists all tags', () => {
    for (const [name, number] of Object.entries(tag))
      assert.match(page, new RegExp(`^\\| (.*, )?${number} \`${number.toString(16)}\`.* \\| .* \\|$`, 'm'), name)
  })

  it('numbers the forms of bytes as they are', () => {
    const table = page.slice(page.indexOf('| | form |'), page.indexOf('Bytes in the tail are taken'))
    const forms = [...table.matchAll(/\| (\d+) \| `(\w+)`/g)]
    assert.equal(forms.length, 15)
    for (const [, number, form = ''] of forms) {
      if (!(form in globalThis)) continue
      const description = { bytes: form, hex: '0000000000000000' }
      assert.equal(encode(valueOf(description), standInPort).body[1], Number(number), form)
    }
  })

  it('shows descriptors of every kind, all of them proper', () => {
    const shown = jsonBlocks('json descriptor')
    for (const descriptor of shown) parseDescriptor(descriptor)
    assert.deepEqual(new Set(shown.map(({ kind }) => kind)), new Set(['referent', 'home', 'portable', 'stream']))
  })

  it('names the limits as they are', () => {
    assert.equal(limits.maxFrameBytes, 256 * 2 ** 20)
    assert.equal(limits.maxTextBytes, 16 * 2 ** 20)
    const inFrames = [limits.maxParts, handshakeLimits.maxFrameBytes, maxIntegerBytes]
    const table = page.slice(page.indexOf('## Limits'), page.indexOf('### Faults'))
    for (const limit of [...inFrames, ...Object.values(wireLimits), ...Object.values(bodyLimits)])
      if (typeof limit === 'number') assert.ok(table.includes(limit.toLocaleString('en')), String(limit))
  })

  const python = spawnSync('python3', ['--version']).status === 0 ? false : 'needs python3'

  it('is enough to write a client in Python from, in 150 lines', { skip: python }, async () => {
    assert.ok(readFileSync('spec/wire/client.py', 'utf8').trimEnd().split('\n').length <= 150)
    const manager = await Manager.with({ Desk }).serve({ authkey: 'correct horse' })
    const visit = ['-B', 'spec/wire/visit.py', manager.address, 'correct horse']
    const { stdout } = await promisify(execFile)('python3', visit, {
      env: { ...process.env, PYTHONIOENCODING: 'utf8' },
    })
    assert.deepEqual(stdout.trim().split('\n'), [
      "['hello Zoë!', 'hello Zoë!']",
      'how are you, thank you',
      'RangeError: no',
    ])
    await manager.close()
    await assert.rejects(promisify(execFile)('python3', visit), /Error/)
  })

  it('is enough to write a client from', async () => {
    const manager = await CounterManager.serve({ authkey: 'correct horse' })
    const { stdout } = await promisify(execFile)(process.execPath, [client, manager.address, 'correct horse'])
    assert.deepEqual(JSON.parse(stdout), {
      typeid: 'Counter',
      incremented: 12,
      count: 12,
      bytes: [3, 2, 1],
      longBytes: [5000, 7],
      isSame: true,
      isTwice: true,
      error: ['RangeError', 'spec'],
      items: [0, 1, 2, 3, 4],
      attached: 12,
      wrongKey: 'refused',
      left: 0,
    })
    assert.deepEqual((await manager.inspect()).referents, [])
    await manager.close()
  })
})

class Counter {
  #count: number
  constructor(count: number) {
    this.#count = count
  }
  get count(): number {
    return this.#count
  }
  increment(by: number): number {
    return (this.#count += by)
  }
  reverse(bytes: Uint8Array): Uint8Array {
    return bytes.toReversed()
  }
  echo(value: unknown): unknown {
    return value
  }
  twins(): unknown[] {
    const twin = { a: 1 }
    return [twin, twin]
  }
  fail(): never {
    throw new RangeError('spec')
  }
  *upTo(end: number): Generator<number> {
    for (let number = 0; number < end; number++) yield number
  }
}

class CounterManager extends Manager {}
CounterManager.register('Counter', Counter, {
  exposed: ['count', 'increment', 'reverse', 'echo', 'twins', 'fail', 'upTo'],
})

const settings = { callTimeoutMs: 0, reconnectMs: 0, heartbeat: { intervalMs: 5000, missed: 3 } }
const welcome = {
  serverPid: 1,
  sessionId: 's1',
  address: 'unix:/run/app/manager.sock',
  settings,
  maxTextBytes: 4096,
  serializer: 'binary',
} as const
// The first test key of RFC 8032, section 7.1.
const identity = new ServerIdentity(
  createPrivateKey({
    key: {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    },
    format: 'jwk',
  }),
)
const gate = { identity, keyFor: () => Buffer.from('right'), welcome: () => welcome }

/** What every request may have. */
const asked = { chain: 'a', timeoutMs: 5, traceparent: 'b', tracestate: 'c' }

function one(kind: string, name: string, value: unknown): readonly [string, Readonly<Record<string, unknown>>] {
  return [kind, { [name]: value }]
}

function decodeBody({ body }: Readonly<Record<string, unknown>>, tail = ''): void {
  decode(Uint8Array.from((body as number[] | undefined) ?? []), [Buffer.from(tail, 'hex')], standInPort)
}

function compact(hex: string): string {
  return hex.replaceAll(/\s/g, '')
}

/** What those blocks show: lines of hexadecimal digits, then one of JSON that says what they mean, and so on. */
function pairs(info: string): { readonly hex: string; readonly json: unknown }[] {
  return blocks(info).flatMap((block) =>
    [...block.matchAll(/((?:^[\da-f ]+\n)+)^([[{].*)$/gm)].map(([, hex = '', json = '']) => ({
      hex: compact(hex),
      json: JSON.parse(json) as unknown,
    })),
  )
}

/** The contents of the page's code blocks with that info string. */
function blocks(info: string): string[] {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${info}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, content = '']) => content,
  )
  assert.ok(found.length > 0, `no block of ${info}`)
  return found
}

/** All JSON objects in those blocks, each of which begins and ends in a line of its own or fills one. */
function jsonBlocks(info: string): Record<string, unknown>[] {
  return blocks(info).flatMap((block) =>
    (block.match(/^\{.*\}$|^\{\n(?:.*\n)*?\}$/gm) ?? []).map((json) => JSON.parse(json) as Record<string, unknown>),
  )
}
