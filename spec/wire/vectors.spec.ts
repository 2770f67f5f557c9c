import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isManagerError, type ManagerError } from '../../lib/errors.ts'
import type { MessageHead } from '../../lib/wire/message.ts'
import { decode, encode } from '../codec/crossing.ts'
import { assertSameGraph } from '../codec/same-graph.ts'
import { standInPort, valueOf } from './described.ts'
import { bytesOf, messageOf } from './messages.ts'
import { frameVector, messagesIn } from './vectors.ts'

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
  readonly arguments?: boolean
  readonly writes?: 'otherwise'
}

describe('the test vectors of the wire', () => {
  for (const vector of vectors('frames') as FrameVector[]) {
    it(`hold for a frame: ${vector.name}`, () => {
      if (vector.fault !== undefined) return refuses(() => messagesIn(vector.hex), vector)
      assert.deepEqual(messagesIn(vector.hex), { messages: vector.messages, tail: vector.tail ?? '' })
      if (vector.messages.length > 0) assert.equal(frameVector(vector.messages, vector.tail), vector.hex)
    })
  }

  for (const vector of vectors('messages') as MessageVector[]) {
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

  for (const vector of vectors('bodies') as BodyVector[]) {
    it(`hold for a body: ${vector.name}`, () => {
      const read = () => decode(Buffer.from(vector.hex, 'hex'), [Buffer.from(vector.tail ?? '', 'hex')], standInPort)
      if (vector.fault !== undefined) return refuses(read, vector)
      const value = valueOf(vector.value)
      assertSameGraph(value, read())
      const { body, attachments } = encode(value, standInPort, vector.arguments === true ? 'arguments' : 'result')
      const written = [body, Buffer.concat(attachments)].map((bytes) => Buffer.from(bytes).toString('hex'))
      if (vector.writes === 'otherwise') assert.notDeepEqual(written, [vector.hex, vector.tail ?? ''])
      else assert.deepEqual(written, [vector.hex, vector.tail ?? ''])
    })
  }
})

function vectors(of: 'frames' | 'messages' | 'bodies'): unknown {
  return JSON.parse(readFileSync(`spec/fixtures/wire/${of}.json`, 'utf8'))
}

function refuses(read: () => unknown, { fault }: Vector): void {
  assert.throws(read, (error) => isManagerError(error, fault as ManagerError['code']))
}
