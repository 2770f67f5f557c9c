import { ManagerError } from '../errors.ts'
import { assertOptions, type Checks, isText } from '../options.ts'
import { callSite } from '../call-site.ts'
import type { ArgumentsSchema, OutputOf, TakenBy } from './arguments-schema.ts'
import { assertIterates, hostingChecks, type HostingOptions } from './hosting-options.ts'
import { metadataOf, setMetadata } from '../platform/node.ts'
import { type AnyClass, membersOf } from './metadata.ts'
import { processWide } from '../process-wide.ts'
import { assertUnclaimed } from './registration.ts'

export interface SharedOptions extends HostingOptions {
  /** The name by which processes know the class. Default: the class's own name, which doesn't do where names are minified. */
  readonly typeid?: string
  /** `import.meta.url` of the module that defines the class, where a bundler or a wrapper hides the caller of `Shared`. */
  readonly module?: string
}

/** What `@Shared` records of one class. */
export interface SharedRecord {
  readonly typeid: string
  readonly Class: AnyClass
  /** Where `Shared` was called: a `file:` URL or a path; undefined where the call site has no file, and of an own class. */
  readonly module: string | undefined
  readonly hosting: HostingOptions
  /** Whether the class is one of this package's own, of whichever copy of it: every process has it. */
  readonly isOwn: boolean
}

/** A decorator of classes that can be constructed, for standard decorators and for `experimentalDecorators`. */
export type SharedDecorator = (Class: new (...args: never[]) => object, context?: ClassDecoratorContext) => void

/** A decorator of classes that can be constructed with what a schema of arguments makes of them. */
export type CheckedSharedDecorator<S extends ArgumentsSchema> = <C extends new (...args: OutputOf<S>) => object>(
  Class: C & TakenBy<S, ConstructorParameters<C>>,
  context?: ClassDecoratorContext,
) => void

/**
 * Registers a class with all managers: `@Shared()` before the class, `@Exposed` before the members that remote calls may
 * reach. The class itself isn't changed.
 *
 * A subclass inherits what is exposed, but is shared only by a `@Shared()` of its own.
 *
 * @throws ManagerError `NOTHING_EXPOSED` when the class is evaluated and exposes no member, `DUPLICATE_TYPEID` when
 *   another class has the typeid
 * @throws TypeError for an anonymous class without a `typeid`, and for an `iterator` that is no exposed method
 */
export function Shared<S extends ArgumentsSchema>(
  options: SharedOptions & { readonly args: S },
): CheckedSharedDecorator<S>
export function Shared(options?: SharedOptions): SharedDecorator
export function Shared(options: SharedOptions = {}): SharedDecorator {
  if (typeof options === 'function') throw new TypeError('write @Shared() with its parentheses')
  assertOptions('@Shared', options, sharedChecks)
  // `Shared` is always called by the module that defines the class; the decorator may be called by a compiler's helper.
  const { typeid: chosen, module = callSite(Shared), ...hosting } = options
  return (Class, context) => {
    const typeid = chosen ?? nameOf(Class, context)
    assertExposes(Class, typeid, hosting, context)
    const isOwn = module === ownModule
    record({ typeid, Class, module: isOwn ? undefined : module, hosting, isOwn })
  }
}

/**
 * The `module` of this package's own classes. Each copy of the package in a process has its own; a typeid leads to those of
 * the first copy.
 */
const ownModule = 'referent'

const sharedChecks: Checks<SharedOptions> = { ...hostingChecks, typeid: isText, module: isText }

/** The record that `@Shared` made for exactly this class. A subclass has none unless it is decorated itself. */
export function sharedRecord(Class: AnyClass): SharedRecord | undefined {
  return metadataOf(key, Class) as SharedRecord | undefined
}

/** The records of all shared classes of this process by typeid, live. */
export function sharedRecords(): ReadonlyMap<string, SharedRecord> {
  return records()
}

const key = Symbol.for('referent.shared')

function records(): Map<string, SharedRecord> {
  return processWide('registry', () => new Map<string, SharedRecord>())
}

function nameOf(Class: AnyClass, context: ClassDecoratorContext | undefined): string {
  const name = context?.name ?? Class.name
  // An anonymous `export default class` is called "default", by tsc "default_1".
  if (!/^(?:default(?:_\d+)?)?$/.test(name)) return name
  throw new TypeError(
    "an anonymous class can't be shared: name it, or give a typeid, as in @Shared({ typeid: 'Counter' })",
  )
}

function assertExposes(
  Class: AnyClass,
  typeid: string,
  hosting: HostingOptions,
  context: ClassDecoratorContext | undefined,
): void {
  const name = Class.name || typeid
  const members = membersOf(Class, context?.metadata)
  assertIterates(name, hosting, members)
  if (members.size > 0) return
  throw new ManagerError(
    'NOTHING_EXPOSED',
    `${name} exposes nothing; add @Exposed to the members that remote calls may reach`,
  )
}

function record(made: SharedRecord): void {
  const earlier = records().get(made.typeid)
  if (!(earlier?.isOwn === true && made.isOwn)) claim(made, earlier)
  setMetadata(key, made, made.Class)
}

function claim(made: SharedRecord, earlier: SharedRecord | undefined): void {
  const claimOf = ({ Class, module, isOwn }: SharedRecord) => ({ target: Class, module: isOwn ? ownModule : module })
  const fix = `give one of them another, as in @Shared({ typeid: '${made.typeid}2' })`
  assertUnclaimed(made.typeid, earlier && claimOf(earlier), claimOf(made), fix)
  records().set(made.typeid, made)
}
