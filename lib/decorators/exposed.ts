import { assertOptions, type Checks, isBoolean, isTime } from '../options.ts'
import { type ArgumentsSchema, isSchema, type OutputOf, type TakenBy } from './arguments-schema.ts'
import { assertExposable, type Member, type MemberKind, type MemberOptions, notExposable } from './member.ts'
import { recordInMetadata, recordOnClass } from './metadata.ts'

/** The context of what `@Exposed` applies to: a method, getter, setter or `accessor`, neither static nor private. */
// The compiler's own context types depend on the member's type: no method with parameters would match.
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
 * A decorator of methods that can run with what a schema of arguments makes of them, for standard decorators and for
 * `experimentalDecorators`.
 */
export interface CheckedMemberDecorator<S extends ArgumentsSchema> {
  <M extends (...args: OutputOf<S>) => unknown>(
    value: M & TakenBy<S, Parameters<M>>,
    context: ExposableContext & { readonly kind: 'method' },
  ): void
  <M extends (...args: OutputOf<S>) => unknown>(
    prototype: object,
    name: string,
    descriptor: TypedPropertyDescriptor<M> & TakenBy<S, Parameters<M>>,
  ): void
}

/**
 * Exposes a method, getter, setter, `accessor` or (async) generator method to remote calls, which reach nothing else.
 * Written bare or with options: `@Exposed`, `@Exposed({})`.
 *
 * An override in a subclass stays exposed by its name. With standard decorators a getter and its setter are exposed one
 * by one; `experimentalDecorators` passes both together, so exposing either exposes both.
 *
 * @throws TypeError when the class is evaluated, for what can't be exposed: fields, static and `#private` members,
 *   symbols, and the names `constructor`, `then`, `toJSON`, `__proto__` and `prototype`; for `settlesAfterAbort`, `stepwise`
 *   and `args` on a property
 */
export function Exposed(value: unknown, context: ExposableContext): void
export function Exposed(prototype: object, name: string, descriptor: PropertyDescriptor): void
export function Exposed<S extends ArgumentsSchema>(
  options: MemberOptions & { readonly args: S },
): CheckedMemberDecorator<S>
export function Exposed(options?: MemberOptions): MemberDecorator
export function Exposed(
  first?: unknown,
  second?: AnyContext | string | symbol,
  descriptor?: PropertyDescriptor,
): unknown {
  if (second === undefined) return memberDecorator(first)
  expose({}, first, second, descriptor)
  return undefined
}

function memberDecorator(options: unknown): MemberDecorator {
  // A bare @Exposed before a class, with experimentalDecorators.
  if (typeof options === 'function') throw new TypeError(onClass)
  assertOptions('@Exposed', options, memberChecks)
  const chosen = options ?? {}
  return (target: unknown, context: AnyContext | string | symbol, descriptor?: PropertyDescriptor) =>
    expose(chosen, target, context, descriptor)
}

const memberChecks: Checks<MemberOptions> = {
  readonly: isBoolean,
  timeoutMs: isTime,
  idempotent: isBoolean,
  settlesAfterAbort: isBoolean,
  stepwise: isBoolean,
  args: isSchema,
}

const onClass = '@Exposed belongs on the members of a class; the class itself takes @Shared()'

const noMetadata =
  "@Exposed finds no decorator metadata. Import 'referent' before the class is evaluated, and compile with TypeScript 5.2, " +
  'esbuild 0.21 or Babel\'s decorators version "2023-11", or later; or set experimentalDecorators'

/** The context of any standard decorator, unchecked: JavaScript has no types, and old compilers pass no metadata. */
interface AnyContext {
  readonly kind: DecoratorContext['kind']
  readonly name: string | symbol
  readonly static?: boolean
  readonly private?: boolean
  readonly metadata?: DecoratorMetadata
}

function expose(
  options: MemberOptions,
  target: unknown,
  context: AnyContext | string | symbol,
  descriptor?: PropertyDescriptor,
): void {
  if (typeof context === 'object') exposeStandard(options, context)
  else exposeLegacy(options, target as object, context, descriptor)
}

function exposeStandard(options: MemberOptions, context: AnyContext): void {
  if (context.kind === 'class') throw new TypeError(onClass)
  if (context.private) throw notExposable(context.name, 'it is private')
  if (context.static) throw notExposable(context.name, 'it is static, and calls reach instances')
  assertExposable(context.name)
  if (context.kind === 'field') throw notExposable(context.name, fieldReason)
  if (context.metadata === undefined) throw new TypeError(noMetadata)
  recordInMetadata(context.metadata, context.name, memberFor(kinds[context.kind], options))
}

const fieldReason = 'it is a field. Write `accessor` before it, or a getter'

const kinds = { method: 'method', getter: 'get', setter: 'set', accessor: 'get set' } as const

function exposeLegacy(
  options: MemberOptions,
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
  recordOnClass(Class, name, memberFor(kindOf(descriptor), options))
}

/** The descriptor has a getter and its setter. Whether a function is a generator, `membersOf` finds out. */
function kindOf(descriptor: PropertyDescriptor): MemberKind {
  if ('value' in descriptor) return 'method'
  return descriptor.set === undefined ? 'get' : 'get set'
}

/** @throws TypeError for an option that only methods have */
function memberFor(kind: MemberKind, options: MemberOptions): Member {
  if (options.settlesAfterAbort === true && kind !== 'method')
    throw new TypeError('@Exposed({ settlesAfterAbort: true }) is for methods: a property has no signal to answer')
  if (options.stepwise === true && kind !== 'method')
    throw new TypeError('@Exposed({ stepwise: true }) is for generators: a property is read at once')
  if (options.args !== undefined && kind !== 'method')
    throw new TypeError('@Exposed({ args }) is for methods: check what is assigned to a property in its setter')
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...(Object.fromEntries(given) as MemberOptions), kind }
}
