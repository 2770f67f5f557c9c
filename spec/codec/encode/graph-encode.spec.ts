import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManagerError } from '../../../lib/errors.ts'
import { CountingPort, cross, encode } from '../crossing.ts'
import { tag } from '../../../lib/wire/tags.ts'
import { assertSameGraph } from '../same-graph.ts'

class Counter {
  readonly count = 1
}

describe('identity', () => {
  it('holds for a value that is its own root', () => {
    const list: unknown[] = []
    list.push(list)
    assertSameGraph(list, cross(list))
    const map = new Map<unknown, unknown>()
    map.set(map, new Set([map]))
    assertSameGraph(map, cross(map))
  })

  it('holds through the keys of maps, members of sets and causes of errors', () => {
    const shared = { when: new Date(0) }
    const error = new Error('e', { cause: shared })
    const value = { shared, map: new Map([[shared, error]]), set: new Set([error, shared]), error }
    Object.assign(shared, { value })
    assertSameGraph(value, cross(value))
  })

  it('holds for an error that is its own cause', () => {
    const error = new Error('e')
    error.cause = error
    assertSameGraph(error, cross(error))
  })

  it('holds for leaves and bytes that are met twice', () => {
    const leaves = [new Date(0), /a/, new URL('a:b'), new Uint8Array(1), Buffer.alloc(5_000)]
    const value = [...leaves, ...leaves]
    assertSameGraph(value, cross(value))
    assert.equal(encode(value).attachments.length, 1)
  })
})

describe('references', () => {
  it('are counted once per object and message, wherever they are met', () => {
    const proxy = new Counter()
    const port = new CountingPort(proxy)
    const value = { proxy, again: [proxy, new Map([[proxy, proxy]])] }
    const { references } = encode(value, port, 'result')
    assert.deepEqual([references, port.exported], [[{ shared: 0 }], [proxy]])
    const copy = cross(value, new CountingPort(proxy)) as typeof value
    assert.deepEqual(copy, value)
    assert.equal(copy.proxy, proxy)
  })

  it('are imported once each', () => {
    const [first, second] = [() => 1, () => 2]
    const port = new CountingPort(first, second)
    assert.deepEqual(cross([first, second, first], port), [first, second, first])
    assert.deepEqual(port.imported, [first, second])
  })

  it('are not taken when anything in the value is refused', () => {
    const proxy = () => 1
    const port = new CountingPort(proxy)
    assert.throws(() => encode([proxy, { bad: Symbol('s') }], port, 'result'), { code: 'UNSERIALIZABLE' })
    assert.deepEqual(port.exported, [])
  })

  it('pass on what the port throws for one, such as that a proxy was released', () => {
    const released = new ManagerError('RELEASED', 'released')
    const port = new (class extends CountingPort {
      override accepts(): never {
        throw released
      }
    })()
    assert.throws(() => encode([new Counter()], port, 'result'), released)
  })

  it('are told by nothing but identity and prototype, whatever a proxy answers', () => {
    const trapped = (trap: string) => (): never => assert.fail(`the codec used ${trap}`)
    const traps = [
      'get',
      'has',
      'ownKeys',
      'getOwnPropertyDescriptor',
      'apply',
      'set',
      'deleteProperty',
      'isExtensible',
    ]
    const handler = Object.fromEntries(traps.map((trap) => [trap, trapped(trap)]))
    for (const prototype of [
      Counter.prototype,
      Map.prototype,
      Date.prototype,
      Error.prototype,
      ArrayBuffer.prototype,
      null,
    ]) {
      for (const target of [{}, () => 1]) {
        const proxy = new Proxy(target, { ...handler, getPrototypeOf: () => prototype })
        assert.equal(cross(proxy, new CountingPort(proxy)), proxy)
      }
    }
  })

  it('may be all that a message holds', () => {
    const proxy = () => 1
    const port = new CountingPort(proxy)
    const { body, references } = encode(proxy, port)
    assert.deepEqual([...body.subarray(0, 6)], [tag.references, 1, 0, 0, 0, tag.reference])
    assert.equal(Buffer.from(body.subarray(6)).toString(), JSON.stringify(references))
  })
})
