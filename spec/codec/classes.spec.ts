import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type * as classes from '../../lib/codec/classes.ts'
import { registerClass, registerCustom } from '../../lib/codec/classes.ts'
import { AnotherCopy } from '../harness/another-copy.ts'
import { bodyOf, cross, decode, encode } from './crossing.ts'
import { tag } from '../../lib/wire/tags.ts'
import { assertSameGraph } from './same-graph.ts'

describe('registerClass', () => {
  it('lets instances cross with all their fields, without running the constructor', () => {
    let constructed = 0
    class Order {
      lines = new Map([['a', new Date(0)]])
      self: Order = this
      constructor(readonly total: number) {
        constructed += 1
      }
      get half(): number {
        return this.total / 2
      }
    }
    registerClass(Order)
    const order = new Order(4)
    const copy = cross(order) as Order
    assertSameGraph(order, copy)
    assert.deepEqual([copy.half, constructed], [2, 1])
  })

  it('keeps the class of errors, and makes real errors', () => {
    class PaymentError extends RangeError {
      readonly code = 'E_PAYMENT'
      constructor(
        readonly amount: bigint,
        cause: unknown,
      ) {
        super(`${amount} is too much`, { cause })
      }
    }
    registerClass(PaymentError)
    const error = new PaymentError(5n, new Error('why'))
    const copy = cross(error)
    assertSameGraph(error, copy)
    assert.equal(Object.prototype.toString.call(copy), '[object Error]')
  })

  it('takes the nearest registered class for an error of an unregistered subclass', () => {
    class KnownError extends Error {}
    class DeeperError extends KnownError {}
    registerClass(KnownError)
    const copy = cross(new DeeperError('deep'))
    assert.equal(Object.getPrototypeOf(copy), KnownError.prototype)
  })

  it('sends the allowed fields only, and takes no others', () => {
    class Account {
      owner = 'me'
      secret = () => 'hidden'
    }
    registerClass(Account, { allowProps: ['owner'] })
    const { body } = encode(new Account())
    assert.deepEqual(Object.entries(decode(body) as Account), [['owner', 'me']])
    assert.throws(() => decode(bodyOf(tag.object, { varint: 0 }, 'Account', { varint: 1 }, 'secret', 'mine')), {
      code: 'PROTOCOL',
    })
  })

  it('sends the allowed fields of errors only, and takes no others, beside those that every error has', () => {
    class Declined extends Error {
      reason = 'limit'
      card = '1234'
    }
    registerClass(Declined, { allowProps: ['reason'] })
    const copy = cross(new Declined('no', { cause: 'why' })) as Declined
    assert.deepEqual(
      [copy.message, copy.cause, copy.reason, Object.hasOwn(copy, 'card')],
      ['no', 'why', 'limit', false],
    )
    const error = (...names: string[]) =>
      bodyOf(tag.error, 'Error', 'Declined', 0, 0, '', { varint: names.length }, ...names, ...names)
    assert.ok(decode(error('message', 'reason')) instanceof Declined)
    assert.throws(() => decode(error('message', 'card')), { code: 'PROTOCOL', message: /Declined, with a field/ })
  })

  it('uses the name that is given', () => {
    const namesakes = [
      class Same {
        left = 1
      },
      class Same {
        right = 1
      },
    ]
    for (const [index, Class] of namesakes.entries()) registerClass(Class, { name: `same-${index}` })
    for (const Class of namesakes) assertSameGraph(new Class(), cross(new Class()))
  })

  it('refuses another class of one name, naming both and the fix', () => {
    registerClass(
      class Twin {
        left = 1
      },
    )
    assert.throws(
      () =>
        registerClass(
          class Twin {
            right = 1
          },
        ),
      {
        code: 'DUPLICATE_TYPEID',
        message: /name Twin: .*left.* another.*right.*\{ name: '...' \}/,
      },
    )
  })

  it('replaces a class by the same one of a reloaded module; old instances still cross', () => {
    const load = () =>
      class Reloaded {
        kept = true
      }
    const [Former, Latter] = [load(), load()]
    registerClass(Former)
    registerClass(Former)
    registerClass(Latter)
    assert.equal(Object.getPrototypeOf(cross(new Former())), Latter.prototype)
    assertSameGraph(new Latter(), cross(new Latter()))
  })

  it('refuses classes whose state is not in their fields', () => {
    class Private {
      readonly #count = 1
      read = () => this.#count
    }
    class Below extends Private {}
    class Method {
      #go() {}
      run = () => this.#go()
    }
    class Names extends Map {}
    for (const Class of [Private, Below, Method, Names, URLSearchParams]) {
      assert.throws(() => registerClass(Class), { name: 'TypeError', message: /can't be registered: .*registerCustom/ })
    }
    assert.throws(
      () =>
        registerClass(
          class {
            field = 1
          },
        ),
      { name: 'TypeError', message: /\{ name \}/ },
    )
  })

  it('takes a class that only mentions a name like a private one', () => {
    class Mentions {
      static #made = 0
      color = '#fff'
      note = `see #issue;`
      static make = () => (this.#made += 1)
    }
    registerClass(Mentions)
    assertSameGraph(new Mentions(), cross(new Mentions()))
  })

  it('is agreed on by two copies of the package', async () => {
    class Agreed {
      field = 1
    }
    await using another = await AnotherCopy.make()
    const copy = (await another.import('codec/classes.ts')) as typeof classes
    assert.notEqual(copy.registerClass, registerClass)
    copy.registerClass(Agreed)
    assertSameGraph(new Agreed(), cross(new Agreed()))
  })

  it('says what to call where a class is not registered on this side', () => {
    assert.throws(() => decode(bodyOf(tag.object, { varint: 0 }, 'Absent', { varint: 0 })), {
      code: 'UNSERIALIZABLE',
      message: /registerClass\(Absent\)/,
    })
  })
})

describe('registerCustom', () => {
  class Decimal {
    readonly #digits: string
    readonly exact: unknown
    constructor(digits: string, exact?: unknown) {
      this.#digits = digits
      this.exact = exact
    }
    get digits(): string {
      return this.#digits
    }
  }
  registerCustom({
    name: 'Decimal',
    isApplicable: (value) => value instanceof Decimal,
    serialize: (value: Decimal): [string, unknown] => [value.digits, value.exact],
    deserialize: ([digits, exact]) => new Decimal(digits, exact),
  })

  it('lets its values cross in its own form, met twice or nested in each other', () => {
    const inner = new Decimal('1.5', new Map([['when', new Date(0)]]))
    const outer = new Decimal('2', [inner])
    const copy = cross({ inner, outer, list: [inner] }) as { inner: Decimal; outer: Decimal; list: Decimal[] }
    assert.deepEqual([copy.inner.digits, copy.outer.digits], ['1.5', '2'])
    assert.deepEqual(copy.inner.exact, new Map([['when', new Date(0)]]))
    assert.equal(copy.list[0], copy.inner)
    assert.equal((copy.outer.exact as Decimal[])[0], copy.inner)
  })

  it('is refused where it transfers bytes elsewhere that were met before', () => {
    class Thief {
      constructor(readonly bytes: Uint8Array<ArrayBuffer>) {}
    }
    registerCustom({
      name: 'Thief',
      isApplicable: (value) => value instanceof Thief,
      serialize: ({ bytes }: Thief) => structuredClone(bytes.byteLength, { transfer: [bytes.buffer] }),
      deserialize: () => undefined,
    })
    const bytes = new Uint8Array(10_000)
    assert.throws(() => cross([bytes, new Thief(bytes)]), { code: 'UNSERIALIZABLE', message: /transferred elsewhere/ })
  })

  it('is given complete parts, wherever these were met first', () => {
    const seen: unknown[] = []
    class Reader {
      constructor(readonly parts: unknown) {}
    }
    registerCustom({
      name: 'Reader',
      isApplicable: (value) => value instanceof Reader,
      serialize: (value: Reader) => value.parts,
      deserialize: (parts) => {
        seen.push(structuredClone(parts))
        return new Reader(parts)
      },
    })
    const late = { deep: [new Set(['complete'])] }
    cross([new Reader(late), late, new Reader([late])])
    assert.deepEqual(seen, [late, [late]])
  })

  it('may be for a symbol or a function', () => {
    const marker = Symbol('marker')
    const act = () => 1
    registerCustom({
      name: 'marker',
      isApplicable: (value) => value === marker,
      serialize: () => null,
      deserialize: () => marker,
    })
    registerCustom({
      name: 'act',
      isApplicable: (value) => value === act,
      serialize: () => null,
      deserialize: () => act,
    })
    assert.deepEqual(cross([marker, act]), [marker, act])
  })

  it('refuses a value that holds itself, however long the way round', () => {
    const parts: unknown[] = []
    const value = new Decimal('1', { parts })
    parts.push({ parts }, value)
    for (const root of [value, { value }, parts]) {
      assert.throws(() => cross(root), { code: 'UNSERIALIZABLE', message: /^result.*a custom value can't hold itself/ })
    }
  })

  it('passes on what a transformer throws, with the path', () => {
    class Bad {
      field = 1
    }
    const thrown = new Error('inside')
    registerCustom({
      name: 'Bad',
      isApplicable: (value) => value instanceof Bad,
      serialize: (): null => {
        throw thrown
      },
      deserialize: (): Bad => {
        throw thrown
      },
    })
    assert.throws(() => cross({ a: new Bad() }), {
      code: 'UNSERIALIZABLE',
      message: /^result\.a: .*inside/,
      cause: thrown,
    })
    const body = bodyOf(tag.table, { varint: 1 }, tag.custom, 'Bad', tag.null)
    assert.throws(() => decode(body), { code: 'UNSERIALIZABLE', message: /Bad/, cause: thrown })
  })

  it('refuses another transformer of one name, and replaces the same one', () => {
    const register = (text: unknown) =>
      registerCustom({
        name: 'twin',
        isApplicable: (value) => value === text,
        serialize: () => 1,
        deserialize: () => text,
      })
    register('a')
    register('b')
    const other = {
      name: 'twin',
      isApplicable: () => false,
      serialize: () => 2,
      deserialize: () => 1 as const,
    }
    assert.throws(() => registerCustom(other), { code: 'DUPLICATE_TYPEID', message: /twin/ })
  })
})

describe('what registers', () => {
  class Fine {
    readonly field = 1
  }
  const whole = { name: 'whole', isApplicable: () => false, serialize: () => 1, deserialize: () => 1 }
  const register = (...args: unknown[]): unknown => Reflect.apply(registerClass, undefined, args)
  const registerOther = (...args: unknown[]): unknown => Reflect.apply(registerCustom, undefined, args)

  const refused: [what: string, call: () => unknown, message: RegExp][] = [
    ['no class', () => register(), /takes a class, not undefined/],
    ['a text for a class', () => register('Fine'), /takes a class, not 'Fine'/],
    ['an arrow function', () => register(() => 1), /takes a class, not a function/],
    ['a name for options', () => register(Fine, 'Fine'), /options of registerClass are 'Fine'; they must be an object/],
    [
      'an unknown option',
      () => register(Fine, { allowedProps: [] }),
      /no option 'allowedProps': did you mean allowProps/,
    ],
    ['a name that is none', () => register(Fine, { name: 1 }), /name is 1; it must be a text/],
    ['fields that are no list', () => register(Fine, { allowProps: 'field' }), /must be an array of names/],
    ['fields that are no texts', () => register(Fine, { allowProps: [1] }), /must be an array of names/],
    ['no transformer', () => registerOther(), /is undefined; it must be an object: \{ name, isApplicable/],
    ['one without a name', () => registerOther({ ...whole, name: undefined }), /needs a name/],
    ['one with an empty name', () => registerOther({ ...whole, name: '' }), /needs a name/],
    [
      'one that is not applicable',
      () => registerOther({ ...whole, isApplicable: true }),
      /isApplicable of the transformer whole is true/,
    ],
    [
      'one that writes nothing',
      () => registerOther({ ...whole, serialize: undefined }),
      /serialize of .* must be a function/,
    ],
    [
      'one that reads nothing',
      () => registerOther({ ...whole, deserialize: 1 }),
      /deserialize of .* must be a function/,
    ],
    ['options of a transformer', () => registerOther(whole, { modul: 'a' }), /no option 'modul': did you mean module/],
  ]
  for (const [what, call, message] of refused) {
    it(`is told that it gave ${what}`, () => assert.throws(call, { name: 'TypeError', message }))
  }
})
