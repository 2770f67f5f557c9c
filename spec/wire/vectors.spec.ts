import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { ReferenceDescriptor } from '../../lib/codec/reference-port.ts'
import { isManagerError, type ManagerError } from '../../lib/errors.ts'
import { FrameReader } from '../../lib/wire/frame.ts'
import { FrameWriter } from '../../lib/wire/frame-writer.ts'
import { withLimits } from '../../lib/wire/limits.ts'
import type { MessageHead } from '../../lib/wire/message.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { decode, encode } from '../codec/crossing.ts'
import { assertSameGraph } from '../codec/same-graph.ts'
import { StandInPort, valueOf } from './described.ts'
import { bytesOf, messageOf } from './messages.ts'

/** What each kind of vector says is in spec/fixtures/wire/README.md. */
interface Vector {
  readonly name: string
  readonly hex: string
  /** With what code the bytes are refused. */
  readonly fault?: string
  readonly tail?: string
}
interface FrameVector extends Vector {
  readonly messages: readonly string[]
}
interface MessageVector extends Vector {
  readonly message: Readonly<Record<string, unknown>>
}
interface BodyVector extends Vector {
  readonly value: unknown
  readonly references?: readonly ReferenceDescriptor[]
  readonly arguments?: boolean
  readonly writes?: 'otherwise'
}

describe('the test vectors of the wire', () => {
  for (const vector of vectors<FrameVector>('frames')) {
    it(`hold for a frame: ${vector.name}`, () => {
      if (vector.fault !== undefined) return refuses(() => messagesIn(vector.hex), vector)
      assert.deepEqual(messagesIn(vector.hex), { messages: vector.messages, tail: vector.tail ?? '' })
      if (vector.messages.length > 0) assert.equal(frameOf(vector), vector.hex)
    })
  }

  for (const vector of vectors<MessageVector>('messages')) {
    it(`hold for a message: ${vector.name}`, () => {
      const bytes = Buffer.from(vector.hex, 'hex')
      if (vector.fault !== undefined) return refuses(() => messageOf(bytes), vector)
      const { body, ...head } = vector.message
      const written = [...Buffer.from((body as string | undefined) ?? '', 'hex')]
      assert.equal(bytesOf(head as unknown as MessageHead, written).toString('hex'), vector.hex)
      const { body: read = [], ...fields } = messageOf(bytes)
      assert.deepEqual([fields, read], [head, written])
    })
  }

  for (const vector of vectors<BodyVector>('bodies')) {
    it(`hold for a body: ${vector.name}`, () => {
      const port = new StandInPort(vector.references)
      const read = () => decode(Buffer.from(vector.hex, 'hex'), [Buffer.from(vector.tail ?? '', 'hex')], port)
      if (vector.fault !== undefined) return refuses(read, vector)
      const value = valueOf(vector.value, port)
      assertSameGraph(value, read())
      const { body, attachments } = encode(value, port, vector.arguments === true ? 'arguments' : 'result')
      const written = [body, Buffer.concat(attachments)].map((bytes) => Buffer.from(bytes).toString('hex'))
      if (vector.writes === 'otherwise') assert.notDeepEqual(written, [vector.hex, vector.tail ?? ''])
      else assert.deepEqual(written, [vector.hex, vector.tail ?? ''])
    })
  }
})

function vectors<V extends Vector>(of: 'frames' | 'messages' | 'bodies'): readonly V[] {
  return JSON.parse(readFileSync(`spec/fixtures/wire/${of}.json`, 'utf8')) as readonly V[]
}

function refuses(read: () => unknown, { fault }: Vector): void {
  assert.throws(read, (error) => isManagerError(error, fault as ManagerError['code']))
}

function messagesIn(hex: string): { messages: string[]; tail: string } {
  const reader = new FrameReader(withLimits({}))
  reader.push(Buffer.from(hex, 'hex'))
  const messages: string[] = []
  for (let message = reader.next(); message !== undefined; message = reader.next())
    messages.push(Buffer.from(message.bytes.subarray(message.position, message.end)).toString('hex'))
  return { messages, tail: Buffer.from(reader.takeTail()).toString('hex') }
}

function frameOf({ messages, tail = '' }: FrameVector): string {
  const frames = new FrameWriter()
  const writer = new Writer()
  for (const message of messages) {
    const start = writer.position
    writer.raw(Buffer.from(message, 'hex'))
    frames.add(writer, start)
  }
  return Buffer.from(frames.take(tail.length / 2)).toString('hex') + tail
}
