import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { isManagerError } from '../../lib/errors.ts'
import { entriesOf, membersOf, parseDescriptor } from '../../lib/wire/descriptor.ts'

const shape = { kind: 'object', typeid: 'Counter', members: [['increment', 'method']] }
const referent = { kind: 'referent', id: 1, type: 1, secret: 'abc' }

describe('a descriptor', () => {
  it('of every kind passes the door', () => {
    const members = ['method', 'generator', 'get', 'set', 'get set'].map((kind) => ['member', kind])
    const proper = [
      referent,
      { ...referent, shape },
      { ...referent, narrowed: { id: 2, caveats: ['{"until":1}'] } },
      { ...referent, shape: { kind: 'function', typeid: 'Counter', members } },
      { kind: 'home', id: 1 },
      { kind: 'portable', reference: 'referent:?...', shape },
      { kind: 'stream', id: 1 },
    ]
    for (const descriptor of proper) assert.equal(parseDescriptor(descriptor), descriptor)
  })

  it('is refused with a field missing or of another type', () => {
    const malformed = [
      {},
      { kind: 'Referent', id: 1 },
      { kind: '__proto__', id: 1 },
      { ...referent, id: -1 },
      { ...referent, id: '1' },
      { ...referent, type: 0.5 },
      { ...referent, secret: 1 },
      { ...referent, narrowed: null },
      { ...referent, narrowed: { id: 2 } },
      { ...referent, narrowed: { id: '2', caveats: [] } },
      { ...referent, narrowed: { id: 2, caveats: 'count' } },
      { ...referent, narrowed: { id: 2, caveats: [1] } },
      { ...referent, narrowed: { id: 2, caveats: Array.from({ length: 33 }, () => '{}') } },
      { ...referent, narrowed: { id: 2, caveats: ['x'.repeat(2047)] } },
      { kind: 'home' },
      { kind: 'home', id: 2 ** 53 },
      { kind: 'portable', reference: null },
      { kind: 'stream', id: null },
    ]
    for (const descriptor of malformed) assert.throws(() => parseDescriptor(descriptor), { code: 'PROTOCOL' })
  })

  it('is refused with a shape that is none', () => {
    const shapes = [
      { ...shape, kind: 'class' },
      { typeid: 'Counter', members: [] },
      null,
      [],
      {},
      { typeid: 1, members: [] },
      { typeid: 'Counter' },
      { typeid: 'Counter', members: {} },
      { typeid: 'Counter', members: ['increment'] },
      { typeid: 'Counter', members: [[1, 'method']] },
      { typeid: 'Counter', members: [['increment', 'constructor']] },
      { typeid: 'Counter', members: [['increment']] },
      { ...shape, members: [['then', 'method']] },
      { ...shape, members: [['increment', 'method', null]] },
      { ...shape, members: [['increment', 'method', { timeoutMs: -1 }]] },
      ...['readonly', 'idempotent', 'settlesAfterAbort', 'stepwise'].map((option) => {
        return { ...shape, members: [['increment', 'method', { [option]: 1 }]] }
      }),
    ]
    for (const other of shapes)
      assert.throws(() => parseDescriptor({ ...referent, shape: other }), { code: 'PROTOCOL' })
  })

  it('has the members of a type, with their options where they have any', () => {
    const options = { readonly: true, timeoutMs: 0, idempotent: true, settlesAfterAbort: true, stepwise: false }
    const members = new Map([
      ['count', { kind: 'get set' }],
      ['upTo', { kind: 'generator', ...options }],
    ] as const)
    const entries = [
      ['count', 'get set'],
      ['upTo', 'generator', options],
    ]
    assert.deepEqual(entriesOf(members), entries)
    const parsed = parseDescriptor({ ...referent, shape: { ...shape, members: entries } })
    assert.ok(parsed.kind === 'referent' && parsed.shape !== undefined)
    assert.deepEqual(membersOf(parsed.shape), members)
  })

  it('meets nothing but a ManagerError at the door, whatever it is', () => {
    const kind = fc.constantFrom('referent', 'home', 'portable', 'stream', 'other')
    const fields = fc.dictionary(fc.constantFrom('id', 'type', 'secret', 'shape', 'reference'), fc.jsonValue())
    fc.assert(
      fc.property(kind, fields, (name, rest) => {
        try {
          parseDescriptor({ ...rest, kind: name })
        } catch (error) {
          assert.ok(isManagerError(error, 'PROTOCOL'), String(error))
        }
      }),
      { seed: 1, numRuns: 1000 },
    )
  })
})
