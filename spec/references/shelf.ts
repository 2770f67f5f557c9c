import { Exposed, Manager, registerClass, registerCustom, Shared } from 'referent'

/** What the specs of this room pass around. */
@Shared()
export class Item {
  readonly #label: string
  #touches = 0

  constructor(label = 'item') {
    this.#label = label
  }

  /** Whether `value` is an item itself, and not a proxy of one. */
  static isItem(value: unknown): value is Item {
    return typeof value === 'object' && value !== null && #touches in value
  }

  @Exposed
  get label(): string {
    return this.#label
  }

  @Exposed
  touch(): number {
    return ++this.#touches
  }

  @Exposed
  itself(): this {
    return this
  }

  @Exposed
  another(label: string): Item {
    return new Item(label)
  }

  hidden(...args: unknown[]): unknown[] {
    return args
  }
}

/** Crosses by copy, with what it holds. */
export class Package {
  constructor(public content: unknown) {}
}
registerClass(Package)

/** Crosses nowhere: whoever receives one can't read it. */
export class Unreadable {
  readonly why = 'its transformer says so'
}
registerCustom<Unreadable, null>({
  name: 'Unreadable',
  isApplicable: (value): value is Unreadable => value instanceof Unreadable,
  serialize: () => null,
  deserialize() {
    throw new SyntaxError('unreadable')
  },
})

/** Keeps what it is given. */
@Shared()
export class Shelf {
  readonly #things = new Map<string, unknown>()

  @Exposed
  put(key: string, thing: unknown): void {
    this.#things.set(key, thing)
  }

  @Exposed
  get(key: string): unknown {
    return this.#things.get(key)
  }

  @Exposed
  take(key: string): unknown {
    const thing = this.#things.get(key)
    this.#things.delete(key)
    return thing
  }

  @Exposed
  clear(): void {
    this.#things.clear()
  }

  /** How many of these are the items themselves. */
  @Exposed
  countItems(things: unknown): number {
    return itemsIn(things).length
  }

  @Exposed
  isSame(one: unknown, other: unknown): boolean {
    return one === other
  }

  /** A new item in each of the places a value can be in. */
  @Exposed
  newItems(): unknown {
    return inEveryPlace((label) => new Item(label))
  }

  @Exposed
  fail(cause: unknown): never {
    throw Object.assign(new RangeError('failed'), { fault: new Item('fault'), known: cause })
  }

  @Exposed
  async callBack(callback: (item: Item) => unknown): Promise<unknown> {
    return callback(new Item('called back'))
  }

  /** Items, and something that can't cross. */
  @Exposed
  impossible(): unknown {
    return [new Item(), { item: new Item() }, Symbol('impossible')]
  }

  /** Items, and a text too long for the manager. */
  @Exposed
  tooLong(bytes: number): unknown {
    return [new Item(), new Item(), 'x'.repeat(bytes)]
  }

  @Exposed
  unreadable(): unknown {
    return [new Item(), new Unreadable()]
  }

  /** Looks at nothing, and keeps nothing. */
  @Exposed
  ignore(..._things: unknown[]): void {}

  @Exposed
  makeFunction(): () => string {
    return () => 'made on the shelf'
  }

  @Exposed
  async readOne(stream: AsyncIterable<unknown>): Promise<unknown> {
    const { value } = (await stream[Symbol.asyncIterator]().next()) as { readonly value: unknown }
    return value
  }
}

const single = { count: 0, touch: () => ++single.count }
let tries = 0

/** Neither decorated nor registered. */
class Keepsake {
  #touches = 0

  touch(): number {
    return ++this.#touches
  }
}

/** A manager that knows what factories make: the same each time, in its own time, and at the second try. */
export class ShelfManager extends Manager {}
ShelfManager.register('SingleItem', () => single, { exposed: ['touch'] })
ShelfManager.register('Keepsake', () => new Keepsake(), { exposed: ['touch'] })
ShelfManager.register('SlowItem', async () => {
  await new Promise((resolve) => setTimeout(resolve, 30))
  return new Item('slow')
})
ShelfManager.register('SecondTryItem', async () => {
  await new Promise((resolve) => setTimeout(resolve, 30))
  if (tries++ === 0) throw new RangeError('the first try fails')
  return new Item('second try')
})

/** The items themselves in a value, wherever it keeps them. */
export function itemsIn(value: unknown): Item[] {
  if (Item.isItem(value)) return [value]
  if (typeof value !== 'object' || value === null) return []
  const parts = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return parts.flatMap((part) => itemsIn(part))
}

/** One thing in each of the places that a value can have for it. */
export function inEveryPlace(make: (label: string) => object): Record<string, unknown> {
  return {
    field: make('field'),
    list: [[make('list')]],
    map: new Map<unknown, unknown>([['key', make('map')]]),
    keys: new Map([[make('keys'), 1]]),
    set: new Set([make('set')]),
    error: Object.assign(new Error('holds one'), { fault: make('error') }),
    instance: new Package({ deep: make('instance') }),
  }
}

export const placeCount = 7
