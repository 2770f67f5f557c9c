import { assertExposable, notExposable } from './exposable.ts'
import { assertOptions, type Checks, isBoolean, isTime } from '../options.ts'
import { type Mark, markInMetadata, markOnClass, traitsOf } from './metadata.ts'

/** How a member is exposed. */
export interface ExposedOptions {
  /**
   * The method changes nothing: on a class with `concurrency: 'serial'` it runs beside other such methods. Getters
   * always do. A generator holds others up at most from one item to the next, and with this only those that write.
   */
  readonly readonly?: boolean
  /**
   * How long callers wait for an answer who say nothing of it, in milliseconds; then the call rejects with `TIMEOUT` and
   * the method sees its signal abort. 0: no bound, whatever the manager's `callTimeoutMs` is.
   */
  readonly timeoutMs?: number
  /**
   * To run twice does what to run once does: a call that was lost with its session, so that nobody knows whether it has
   * run, is made again when the session is opened anew.
   */
  readonly idempotent?: boolean
  /**
   * The method puts things in order when its signal aborts, and its callers wait for that: a call that is aborted, or whose
   * time is up, rejects only when the method has ended, and resolves where it came to a result all the same. It rejects
   * with `ABORTED` or `TIMEOUT` where the method threw its signal's reason, or an error caused by that, as Node's functions
   * do; else with what the method threw. Who still waits for a turn with a serial object is out of that line at once. Of a
   * generator, it is about the call that opens the stream.
   */
  readonly settlesAfterAbort?: boolean
  /**
   * Of a generator: it makes each item when its consumer asks for that one, by a round trip each, and so as things are
   * then. Without it, it may be 32 items ahead.
   */
  readonly stepwise?: boolean
}

/** The context of what `@Exposed` may stand before: a method, getter, setter or `accessor`, neither static nor private. */
// Not the compiler's own context types: those depend on the member's, and no method with parameters would match.
export interface ExposableContext {
  readonly kind: 'method' | 'getter' | 'setter' | 'accessor'
  readonly name: string
  readonly static: false
  readonly private: false
}

/** A decorator of members, for standard decorators and for `experimentalDecorators`. */
export interface MemberDecorator {
  (value: unknown, context: ExposableContext): void
  (prototype: object, name: string, descriptor: PropertyDescriptor): void
}

/**
 * Lets remote calls reach a method, getter, setter, `accessor` or (async) generator method. Everything without it stays
 * out of their reach. Written bare or with options: `@Exposed`, `@Exposed({})`.
 *
 * An override in a subclass stays exposed by its name. With standard decorators a getter and its setter are exposed one
 * by one; `experimentalDecorators` hands both over together, so exposing either exposes the pair.
 *
 * @throws TypeError when the class is evaluated, for what can't be exposed: fields, static and `#private` members,
 *   symbols, and the names `constructor`, `then`, `toJSON`, `__proto__` and `prototype`; for `settlesAfterAbort` and `stepwise`
 *   on a property
 */
export function Exposed(value: unknown, context: ExposableContext): void
export function Exposed(prototype: object, name: string, descriptor: PropertyDescriptor): void
export function Exposed(options?: ExposedOptions): MemberDecorator
export function Exposed(
  first?: unknown,
  second?: AnyContext | string | symbol,
  descriptor?: PropertyDescriptor,
): MemberDecorator | undefined {
  if (second === undefined) return memberDecorator(first)
  expose({}, first, second, descriptor)
  return undefined
}

function memberDecorator(options: unknown): MemberDecorator {
  // A bare @Exposed before a class, with experimentalDecorators.
  if (typeof options === 'function') throw new TypeError(onClass)
  assertOptions('@Exposed', options, exposedChecks)
  const chosen = options ?? {}
  return (target: unknown, context: AnyContext | string | symbol, descriptor?: PropertyDescriptor) =>
    expose(chosen, target, context, descriptor)
}

const exposedChecks: Checks<ExposedOptions> = {
  readonly: isBoolean,
  timeoutMs: isTime,
  idempotent: isBoolean,
  settlesAfterAbort: isBoolean,
  stepwise: isBoolean,
}

const onClass = '@Exposed belongs on the members of a class; the class itself takes @Shared()'

const noMetadata =
  "@Exposed finds no decorator metadata. Import 'referent' before the class is evaluated, and compile with TypeScript 5.2, " +
  'esbuild 0.21 or Babel\'s decorators version "2023-11", or later; or set experimentalDecorators'

/** The context of any standard decorator, as it comes: JavaScript callers know no types, and old compilers no metadata. */
interface AnyContext {
  readonly kind: DecoratorContext['kind']
  readonly name: string | symbol
  readonly static?: boolean
  readonly private?: boolean
  readonly metadata?: DecoratorMetadata
}

function expose(
  options: ExposedOptions,
  target: unknown,
  context: AnyContext | string | symbol,
  descriptor?: PropertyDescriptor,
): void {
  if (typeof context === 'object') exposeStandard(options, context)
  else exposeLegacy(options, target as object, context, descriptor)
}

function exposeStandard(options: ExposedOptions, context: AnyContext): void {
  if (context.kind === 'class') throw new TypeError(onClass)
  if (context.private) throw notExposable(context.name, 'it is private')
  if (context.static) throw notExposable(context.name, 'it is static, and calls reach instances')
  assertExposable(context.name)
  if (context.kind === 'field') throw notExposable(context.name, fieldReason)
  if (context.metadata === undefined) throw new TypeError(noMetadata)
  const chosen = chosenBy(options, context.kind === 'method')
  markInMetadata(context.metadata, context.name, { ...markFor(context.kind), ...chosen })
}

const fieldReason = 'it is a field. Write `accessor` before it, or a getter'

function markFor(kind: 'method' | 'getter' | 'setter' | 'accessor'): Mark {
  return { readable: kind !== 'setter', writable: kind === 'setter' || kind === 'accessor' }
}

/** @throws TypeError for what only a method can do */
function chosenBy(options: ExposedOptions, isMethod: boolean): Omit<Mark, 'readable' | 'writable'> {
  const { readonly, settlesAfterAbort, stepwise } = options
  if (settlesAfterAbort === true && !isMethod)
    throw new TypeError('@Exposed({ settlesAfterAbort: true }) is for methods: a property has no signal to answer')
  if (stepwise === true && !isMethod)
    throw new TypeError('@Exposed({ stepwise: true }) is for generators: a property is read at once')
  return {
    ...(readonly === undefined ? {} : { isReadonly: readonly }),
    ...traitsOf(options),
  }
}

function exposeLegacy(
  options: ExposedOptions,
  target: object,
  name: string | symbol,
  descriptor: PropertyDescriptor | undefined,
): void {
  if (typeof target === 'function') {
    throw notExposable(name, 'it is static, and calls reach instances', target.name)
  }
  const Class = target.constructor
  assertExposable(name, Class.name)
  if (descriptor === undefined) throw notExposable(name, fieldReason, Class.name)
  const chosen = chosenBy(options, 'value' in descriptor)
  markOnClass(Class, name, { readable: true, writable: descriptor.set !== undefined, ...chosen })
}
