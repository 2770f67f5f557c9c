import { Exposed, Manager, ManagerError, registerClass, Shared } from 'referent'

/** Known on both sides. */
export class StockError extends Error {
  override readonly name = 'StockError'
  readonly item: string

  constructor(item: string, options?: ErrorOptions) {
    super(`out of ${item}`, options)
    this.item = item
  }
}

registerClass(StockError)

/** Known to nobody but its own module. */
class UnregisteredError extends RangeError {
  override readonly name = 'UnregisteredError'
  readonly code = 'E_UNREGISTERED'
}

const makers: Readonly<Record<string, () => unknown>> = {
  Error: () => new Error('plain'),
  TypeError: () => new TypeError('a type'),
  RangeError: () => new RangeError('a range'),
  SyntaxError: () => new SyntaxError('a syntax'),
  ReferenceError: () => new ReferenceError('a reference'),
  EvalError: () => new EvalError('an eval'),
  URIError: () => new URIError('a URI'),
  chain: () =>
    new Error('outer', { cause: new TypeError('middle', { cause: new StockError('bolts', { cause: 'a text' }) }) }),
  fields: () => Object.assign(new Error('with fields'), { code: 'E_FIELDS', since: new Date(0), tags: new Set(['a']) }),
  aggregate: () => new AggregateError([new RangeError('one'), new StockError('nuts')], 'all of them'),
  registered: () => new StockError('bolts'),
  unregistered: () => new UnregisteredError('nobody knows it'),
  manager: () => new ManagerError('UNSERIALIZABLE', 'thrown by the referent itself'),
  system: () => Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', errno: -2, path: '/nowhere' }),
  text: () => 'only a text',
  nothing: () => undefined,
  uncrossable: () => Object.assign(new Error('with a function'), { callback: () => 1, kept: 1 }),
}

@Shared()
export class Thrower {
  @Exposed
  throw(what: string): never {
    throw makers[what]?.()
  }

  @Exposed
  async reject(what: string): Promise<never> {
    await Promise.resolve()
    return this.throw(what)
  }

  @Exposed
  get property(): never {
    return this.throw('RangeError')
  }

  /** Gives an error, thrown by nobody. */
  @Exposed
  give(what: string): unknown {
    return makers[what]?.()
  }

  /** Lets a call of another referent fail inside. */
  @Exposed
  async startUnstarted(): Promise<void> {
    await new Manager().create('Thrower')
  }
}
