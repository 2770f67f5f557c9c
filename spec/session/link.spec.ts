import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCodec } from '../../lib/codec/codec.ts'
import { Link } from '../../lib/session/link.ts'
import type { Role } from '../../lib/session/role.ts'
import { createMemoryPair } from '../../lib/transport/memory.ts'
import type { CallId, TargetId } from '../../lib/wire/message.ts'
import { CountingPort } from '../codec/crossing.ts'

describe('a message that is sent while another one is being written', () => {
  it('is held to its own limit, and the other one to that of its own', () => {
    const [near] = createMemoryPair()
    const role = { references: new CountingPort() } as unknown as Role
    const link = new Link(near, createCodec({ maxTextBytes: () => 300 }), () => role)
    const [id, to] = [1 as CallId, 1 as TargetId]
    let sent = 0
    const value = new Proxy(
      { field: 1 },
      {
        ownKeys(target) {
          link.sendRequest({ kind: 'get', id, to, property: 'p'.repeat(100) })
          sent++
          return Reflect.ownKeys(target)
        },
      },
    )
    link.sendValue({ kind: 'call', id, to, method: 'm' }, ['x'.repeat(270), value], 'arguments')
    assert.ok(sent > 0)
    const tooLong = ['x'.repeat(270), value, 'y'.repeat(50)]
    assert.throws(() => link.sendValue({ kind: 'call', id, to, method: 'm' }, tooLong, 'arguments'), {
      code: 'FRAME_TOO_LARGE',
    })
  })
})
