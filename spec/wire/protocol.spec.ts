import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Manager } from 'referent'
import { prove, proveCapability, ServerIdentity } from '../../lib/auth/proofs.ts'
import type { Line } from '../../lib/auth/handshake-channel.ts'
import { admit, logIn } from '../../lib/auth/handshake.ts'
import { createCodec } from '../../lib/codec/codec.ts'
import * as bodyLimits from '../../lib/codec/limits.ts'
import type { Node } from '../../lib/codec/node.ts'
import { createMemoryPair } from '../../lib/transport/memory.ts'
import { parseDescriptor } from '../../lib/wire/descriptor.ts'
import { encodeFrame, FrameReader } from '../../lib/wire/frame.ts'
import * as wireLimits from '../../lib/wire/limits.ts'
import { handshakeLimits, withLimits } from '../../lib/wire/limits.ts'
import { type Body, parseMessage } from '../../lib/wire/message.ts'
import { LoggedTransport } from '../auth/logged-transport.ts'
import { messages } from './messages.ts'
import { takeFrames } from './take-frames.ts'

const page = readFileSync('docs/protocol.md', 'utf8')
const client = 'spec/wire/independent-client.js'
const limits = withLimits({})
const codec = createCodec()

describe('docs/protocol.md', { timeout: 30_000 }, () => {
  it('shows frames as they are', () => {
    const frames = blocks('hex frame').map((hex) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
    assert.equal(frames.length, 2)
    for (const bytes of frames) {
      const read = takeFrames(new FrameReader(limits), bytes)
      const [{ text, attachments } = assert.fail()] = read
      assert.equal(read.length, 1)
      assert.deepEqual(Buffer.concat(encodeFrame(text, attachments, limits)), bytes)
      for (const message of JSON.parse(text) as unknown[]) decode(parseMessage(message) as Body, attachments)
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

  it('lists all kinds of messages with their fields', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| ((?:`\w+`|body)(?:, (?:`\w+`|body))*)? ?\|/gm)]
    const listed = rows.map(([, kind, fields = '']) => [kind, fields.match(/(?<=`)\w+(?=`)/g) ?? []])
    for (const { kind, ...fields } of messages)
      assert.deepEqual(
        listed.find(([name]) => name === kind),
        [kind, Object.keys(fields)],
      )
  })

  it('shows messages of every kind, all of them proper', () => {
    const shown = jsonBlocks('json message')
    for (const message of shown) decode(parseMessage(message) as Body, [])
    assert.deepEqual(new Set(shown.map(({ kind }) => kind)), new Set(messages.map(({ kind }) => kind)))
  })

  it('shows bodies as the codec writes them', () => {
    const bodies = jsonBlocks('json body')
    assert.ok(bodies.length >= 8)
    for (const body of bodies) {
      const attachments = ('graph' in body ? JSON.stringify(body) : '').match(/"bytes"/g)?.map(() => new Uint8Array(2))
      const { text } = codec.encode(decode(body, attachments ?? []), port, 'result')
      assert.deepEqual(JSON.parse(`{${text}}`), body)
    }
  })

  it('lists all nodes of graphs', () => {
    for (const tag of Object.keys(tags)) assert.ok(page.includes(`| \`["${tag}"`), tag)
  })

  it('shows descriptors of every kind, all of them proper', () => {
    const shown = jsonBlocks('json descriptor')
    for (const descriptor of shown) parseDescriptor(descriptor)
    assert.deepEqual(new Set(shown.map(({ kind }) => kind)), new Set(['referent', 'home', 'portable', 'stream']))
  })

  it('names the limits as they are', () => {
    assert.equal(limits.maxFrameBytes, 256 * 2 ** 20)
    assert.equal(limits.maxTextBytes, 16 * 2 ** 20)
    const inFrames = [limits.maxAttachments, limits.maxParts, handshakeLimits.maxFrameBytes]
    const table = page.slice(page.indexOf('## Limits'), page.indexOf('### Faults'))
    for (const limit of [...inFrames, ...Object.values(wireLimits), ...Object.values(bodyLimits)])
      if (typeof limit === 'number') assert.ok(table.includes(limit.toLocaleString('en')), String(limit))
  })

  it('is enough to write a client from', async () => {
    const manager = await CounterManager.serve({ authkey: 'correct horse' })
    const { stdout } = await promisify(execFile)(process.execPath, [client, manager.address, 'correct horse'])
    assert.deepEqual(JSON.parse(stdout), {
      typeid: 'Counter',
      incremented: 12,
      count: 12,
      bytes: [3, 2, 1],
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
  fail(): never {
    throw new RangeError('spec')
  }
  *upTo(end: number): Generator<number> {
    for (let number = 0; number < end; number++) yield number
  }
}

class CounterManager extends Manager {}
CounterManager.register('Counter', Counter, { exposed: ['count', 'increment', 'reverse', 'fail', 'upTo'] })

const settings = { callTimeoutMs: 0, reconnectMs: 0, heartbeat: { intervalMs: 5000, missed: 3 } }
const welcome = { serverPid: 1, sessionId: 's1', settings, maxTextBytes: 4096 }
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
const port = { accepts: () => false, export: () => ({}), import: (descriptor: object) => descriptor }

const tags = {
  object: true,
  bare: true,
  array: true,
  sparse: true,
  map: true,
  set: true,
  instance: true,
  custom: true,
  error: true,
  bytes: true,
  bigint: true,
  'invalid-date': true,
  leaf: true,
  reference: true,
} satisfies Record<Node[0], true>

function decode(body: Body, attachments: readonly Uint8Array[]): unknown {
  return codec.decode(body, attachments, port)
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
