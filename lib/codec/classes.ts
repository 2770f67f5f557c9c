import { callSite } from '../call-site.ts'
import { ManagerError } from '../errors.ts'
import { assertOptions, type Check, type Checks, isFunction, isText, mustBe, shown } from '../options.ts'
import { isErrorPrototype } from './builtin-errors.ts'
import { prototypesOf } from './prototype.ts'

/** Any class: what its constructor takes doesn't matter, since the codec never calls it. */
export type AnyClass = abstract new (...args: never[]) => object

/** Where a class or transformer is registered. */
export interface RegisterCustomOptions {
  /** `import.meta.url` of the module that registers, where a bundler or a wrapper hides it. */
  readonly module?: string
}

export interface RegisterClassOptions extends RegisterCustomOptions {
  /** The name on the wire; the class's own name otherwise. Both sides must agree on it. */
  readonly name?: string
  /** The only fields that cross, where given; all own fields otherwise. */
  readonly allowProps?: readonly string[]
}

/**
 * How values of a kind of your own cross. `serialize` may return anything that can cross, also values of other
 * transformers; only not what leads back to the value itself.
 */
export interface CustomTransformer<Value = unknown, Serialized = unknown> {
  /** The name on the wire. */
  readonly name: string
  /** Asked about functions, symbols and objects which are neither built-in nor shared. */
  isApplicable(value: unknown): boolean
  serialize(value: Value): Serialized
  deserialize(serialized: Serialized): Value
}

/** A registered class. */
export interface CopiedClass {
  readonly name: string
  readonly Class: AnyClass
  readonly allowProps: readonly string[] | undefined
}

/**
 * Instances of `Class` cross by copy from now on, in every manager and client of this process: their own fields do,
 * and the receiver, which must have registered the class too, sets them on a new object without calling the
 * constructor. Error classes are welcome. Registering a class again, or one of the same name and source text as a
 * reloaded module does, replaces the options.
 *
 * Call it at the top level of a module: servers that managers start, workers of pools and children import that module.
 * @throws ManagerError `DUPLICATE_TYPEID` for another class of that name
 * @throws TypeError for a class whose state isn't all in its fields: one that has `#private` members or extends `Map`
 * and the like; for a class without a name; and for what is no class, or no such options
 */
export function registerClass(Class: AnyClass, options: RegisterClassOptions = {}): void {
  assertOptions('registerClass', options, classChecks)
  if (!isAnyClass(Class)) throw new TypeError(`registerClass takes a class, not ${shown(Class)}`)
  const { name = Class.name, allowProps, module = callSite(registerClass) } = options
  if (name === '')
    throw new TypeError('A class without a name needs one to be registered: registerClass(Class, { name })')
  refuseHiddenState(Class, name)
  const { classes, classesByPrototype } = registrations()
  const known = classes.get(name)
  if (known !== undefined && known.Class !== Class) refuseOther('class', name, sourceOf(known.Class), sourceOf(Class))
  const entry = { name, Class, allowProps }
  addModule(module)
  classes.set(name, entry)
  classesByPrototype.set(Class.prototype as object, entry)
}

/**
 * Values that `transformer` finds applicable cross in the form it gives them, in every manager and client of this
 * process; the receiver must have registered a transformer of that name too. Registering one of the same name and
 * source text again replaces it.
 *
 * Call it at the top level of a module, as `registerClass`.
 * @throws ManagerError `DUPLICATE_TYPEID` for another transformer of that name
 * @throws TypeError for one without a name or one of its functions
 */
export function registerCustom<Value, Serialized>(
  transformer: CustomTransformer<Value, Serialized> & { isApplicable(value: unknown): value is Value },
  options?: RegisterCustomOptions,
): void
export function registerCustom<Value, Serialized>(
  transformer: CustomTransformer<Value, Serialized>,
  options?: RegisterCustomOptions,
): void
export function registerCustom(transformer: CustomTransformer, options: RegisterCustomOptions = {}): void {
  assertTransformer(transformer)
  assertOptions('registerCustom', options, customChecks)
  const { module = callSite(registerCustom) } = options
  addCustom(transformer)
  addModule(module)
}

/** As `registerCustom`, for a transformer of this package, which every process knows that has it. */
export function addCustom(transformer: CustomTransformer): void {
  const { customs } = registrations()
  const known = customs.get(transformer.name)
  if (known !== undefined) {
    refuseOther('transformer', transformer.name, transformerSource(known), transformerSource(transformer))
  }
  customs.set(transformer.name, transformer)
}

/** The modules that registered all of these: what other processes import to know them too. */
export function registeringModules(): ReadonlySet<string> {
  return registrations().modules
}

export function classNamed(name: string): CopiedClass | undefined {
  return registrations().classes.get(name)
}

/** The class whose instances have exactly that prototype. */
export function classOfPrototype(prototype: object): CopiedClass | undefined {
  return registrations().classesByPrototype.get(prototype)
}

export function customNamed(name: string): CustomTransformer | undefined {
  return registrations().customs.get(name)
}

/** The transformer registered first among those that take `value`. */
export function customFor(value: unknown): CustomTransformer | undefined {
  for (const transformer of registrations().customs.values()) {
    if (transformer.isApplicable(value)) return transformer
  }
  return undefined
}

const areTexts: Check = (name, value) => {
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    throw mustBe(name, value, 'an array of names of fields')
}

const customChecks: Checks<RegisterCustomOptions> = { module: isText }
const classChecks: Checks<RegisterClassOptions> = { ...customChecks, name: isText, allowProps: areTexts }

function isAnyClass(Class: unknown): boolean {
  return typeof Class === 'function' && typeof Class.prototype === 'object' && Class.prototype !== null
}

/**
 * Refuses classes whose instances hold more than their fields tell: a copy would break where it is used.
 * @throws TypeError that names the member or the base class, and the fix
 */
function refuseHiddenState(Class: AnyClass, name: string): void {
  refuseDeclared(Class, name)
  for (const prototype of prototypesOf(Class.prototype as object)) {
    if (prototype === Object.prototype || isErrorPrototype(prototype)) return
    const declared: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    if (typeof declared === 'function') refuseDeclared(declared, name)
  }
}

function refuseDeclared(declared: { readonly name: string }, name: string): void {
  const source = sourceOf(declared)
  const fix = 'describe how it crosses with registerCustom, or make it @Shared()'
  if (isNative(source)) {
    throw new TypeError(`${name} can't be registered: the state of a ${declared.name} isn't in its fields; ${fix}`)
  }
  const member = privateMember(source)
  if (member !== undefined) {
    throw new TypeError(`${name} can't be registered: its private member ${member} can't be copied; ${fix}`)
  }
}

/** @param declared a function or class */
export function sourceOf(declared: object): string {
  return Function.prototype.toString.call(declared)
}

function isNative(source: string): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(source)
}

/**
 * The first `#private` member of instances that a class's source declares; static ones don't matter. The text is all
 * there is to go by: private members that were compiled for an old target can't be seen.
 */
function privateMember(source: string): string | undefined {
  const declaration = /(?:^|[;{}\n])\s*(?:(?:async|get|set|accessor|\*)\s*)*(#[\p{L}_$][\p{L}\p{N}_$]*)\s*[=;(\n}]/u
  return declaration.exec(source)?.[1]
}

function assertTransformer(transformer: unknown): asserts transformer is CustomTransformer {
  if (typeof transformer !== 'object' || transformer === null)
    throw mustBe(
      'the transformer of registerCustom',
      transformer,
      'an object: { name, isApplicable, serialize, deserialize }',
    )
  const name: unknown = Reflect.get(transformer, 'name')
  if (typeof name !== 'string' || name === '')
    throw new TypeError(
      "a transformer needs a name, which both sides know it by: registerCustom({ name: 'Money', ... })",
    )
  for (const member of ['isApplicable', 'serialize', 'deserialize'])
    isFunction(`${member} of the transformer ${name}`, Reflect.get(transformer, member))
}

function addModule(module: string | undefined): void {
  if (module !== undefined) registrations().modules.add(module)
}

interface Registrations {
  readonly classes: Map<string, CopiedClass>
  /** Also holds the former classes of reloaded modules: their instances are still about. */
  readonly classesByPrototype: Map<object, CopiedClass>
  readonly customs: Map<string, CustomTransformer>
  readonly modules: Set<string>
}

const registrationsKey = Symbol.for('referent.classes')

/** One object for the process, under a global key: two copies of this package agree on it. */
function registrations(): Registrations {
  const scope = globalThis as { [registrationsKey]?: Registrations }
  scope[registrationsKey] ??= {
    classes: new Map(),
    classesByPrototype: new Map(),
    customs: new Map(),
    modules: new Set(),
  }
  return scope[registrationsKey]
}

/** Equal source texts are one class, evaluated again. */
function refuseOther(kind: string, name: string, known: string, added: string): void {
  if (known === added) return
  throw new ManagerError(
    'DUPLICATE_TYPEID',
    `Two of a kind can't share the name ${name}: the registered ${kind} \`${beginningOf(known)}\` and another, ` +
      `\`${beginningOf(added)}\`. Give one of them another name: { name: '...' }`,
  )
}

function transformerSource(transformer: CustomTransformer): string {
  const members = ['isApplicable', 'serialize', 'deserialize'] as const
  return members.map((member) => sourceOf(transformer[member])).join('\n')
}

function beginningOf(source: string): string {
  const line = source.replace(/\s+/g, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 80)}...`
}
