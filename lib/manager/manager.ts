import { EventEmitter } from 'node:events'
import { AuthKey } from '../auth/authkey.ts'
import { callSite } from '../call-site.ts'
import { whyNot } from '../codec/reason.ts'
import type { AnyClass } from '../decorators/metadata.ts'
import { ManagerError } from '../errors.ts'
import type { Inspector } from '../inspector/inspector.ts'
import { refuseWhileImporting } from '../main-module.ts'
import { assertOptions, isText, isWhole, mustBe } from '../options.ts'
import { withModules } from '../pool/shared-pool.ts'
import type { Client } from '../proxy/client.ts'
import type { Creators, Remote, RemoteArgs } from '../proxy/remote.ts'
import { type Factory, type RegisterOptions, Registry, sharedClasses } from '../registry.ts'
import { graceOf } from '../server/ending.ts'
import { type CallRecords, type WatchCallsOptions, watchCallsChecks } from '../server/call-record.ts'
import {
  choiceChecks,
  inspectChecks,
  type InspectOptions,
  type ReferentDetail,
  type ServerChoice,
  type SessionDetail,
} from '../server/inspection.ts'
import type { Server } from '../server/server.ts'
import { sessionSettings } from '../session/session-options.ts'
import { callChecks, type CallOptions, within } from '../session/wait.ts'
import { addressesIn } from '../transport/address.ts'
import { assertDoSomething } from '../transport/network-options.ts'
import { askedInspector } from './asked-inspector.ts'
import { type Connection, connectToServers, type ManagerSettings, serveHere, startServers } from './connect.ts'
import { defineCreators, registrationOf } from './creators.ts'
import { LocalServer } from './local-server.ts'
import { eventsOf, type ManagerEvents } from './manager-events.ts'
import {
  type ConnectOptions,
  createChecks,
  type CreateOptions,
  managerChecks,
  managerOptionsOf,
  type ManagerOptions,
  splitStartOptions,
  startChecks,
  type StartOptions,
} from './manager-options.ts'
import { type Inspection, inspectReferent, inspectSession, proxyOf, watchCalls } from './inspection.ts'
import { Servers } from './servers.ts'

type ManagerConstructor<M extends Manager> = new (options?: ManagerOptions) => M

/** A manager for nothing but `create` and its creators. */
type Creating<M> = Omit<M, Exclude<keyof Manager, 'create'>>

type Pairs<K, V> = readonly (readonly [key: K, value: V])[]

/** A generic class whose types come from the pairs that it is given: `create(SharedMap, [['a', 1]])`. */
type TakesPairs<K, V, T> = new (entries: Pairs<K, V>) => T

/**
 * Starts, reaches and stops a server that hosts shared objects, and creates them there. All `@Shared` classes are
 * known to every manager; a subclass adds its own with `register`. Python's `multiprocessing.managers.BaseManager`.
 *
 * An idle manager doesn't keep the program alive. A server that a manager started ends with the program, however
 * that ends.
 */
export class Manager extends EventEmitter<ManagerEvents> implements AsyncDisposable {
  static readonly #registries = new WeakMap<object, Registry>()

  static {
    const reason = "a manager can't cross; send its address and authkey.bytes, and open it there by Manager.connect"
    Object.defineProperty(this.prototype, whyNot, { value: reason })
  }

  readonly #options: ManagerOptions
  readonly #authkey: AuthKey
  #isUsed = false
  /** Settles with the attempt to start or connect, if there was one. */
  #opening: Promise<void> | undefined
  #servers: Servers | undefined
  #inspector: Inspector | undefined

  /** @throws TypeError, RangeError for options that can't be */
  constructor(options: ManagerOptions = {}) {
    super()
    assertOptions('new Manager', options, managerChecks)
    assertDoSomething(addressesIn(options.address ?? ''), options)
    sessionSettings(options)
    graceOf(options.graceMs)
    this.#options = options
    this.#authkey = options.authkey === undefined ? AuthKey.random() : AuthKey.from(options.authkey)
  }

  /**
   * Makes a class known to this manager class and its subclasses, where it can't be decorated. What is declared with
   * `class` is constructed by `create`; any other function is a factory, and may return the same object every time.
   * Call it at the top level of a module: the server process imports that module to find it.
   * @throws ManagerError `DUPLICATE_TYPEID`, `NOTHING_EXPOSED`; TypeError for a name that can't be exposed
   */
  static register(typeid: string, target: AnyClass | Factory, options: RegisterOptions = {}): void {
    this.registry().register(typeid, target, options, Manager.register)
  }

  /** What this manager class may create: what it registered, what its parents did, and all `@Shared` classes. */
  static registry(): Registry {
    const known = Manager.#registries.get(this)
    if (known !== undefined) return known
    const parent = this === Manager ? sharedClasses() : (Object.getPrototypeOf(this) as typeof Manager).registry()
    const registry = new Registry(this.name, parent)
    Manager.#registries.set(this, registry)
    return registry
  }

  /**
   * A subclass whose managers have a typed creator for each of these classes: `await manager.Counter(10)`.
   * @throws ManagerError `UNKNOWN_TYPEID` for a class that isn't registered; TypeError for a name that managers have
   */
  static with<B extends typeof Manager, C extends Readonly<Record<string, AnyClass>>>(
    this: B,
    classes: C,
  ): ManagerWith<B, C> {
    if (!isObject(classes)) throw mustBe('what Manager.with is given', classes, 'an object of classes by name')
    const Extended = class extends (this as typeof Manager) {}
    defineCreators(Extended.prototype, classes, this.registry())
    return Extended as unknown as ManagerWith<B, C>
  }

  /** Makes a manager and starts its server process: `new this(options)`, then `start(options)`. */
  static async start<M extends Manager>(
    this: ManagerConstructor<M>,
    options: ManagerOptions & StartOptions = {},
  ): Promise<M> {
    const module = callSite(Manager.start)
    const [own, start] = splitStartOptions(options)
    const manager = new this(own)
    await manager.#start(start, module)
    return manager
  }

  /**
   * A manager of a server that another program started.
   * @throws ManagerError `CONNECT_FAILED`, `AUTH_FAILED`, `PROTOCOL`, `TIMEOUT`, `ABORTED`
   */
  static async connect<M extends Manager>(
    this: ManagerConstructor<M>,
    address: string,
    options: ConnectOptions,
  ): Promise<M> {
    const manager = new this(managerOptionsOf(address, options))
    await manager.#open(() => connectToServers(manager.#settings, address, options))
    return manager
  }

  /**
   * A manager whose server is in this process, at an address that others connect to. `join()` serves until it is shut
   * down: Python's `get_server().serve_forever()`.
   * @throws ManagerError `START_FAILED` where it can't listen at the address
   */
  static async serve<M extends Manager>(this: ManagerConstructor<M>, options: ManagerOptions = {}): Promise<M> {
    assertOptions('Manager.serve', options, managerChecks)
    const manager = new this(options)
    refuseWhileImporting('Manager.serve')
    await manager.#open(() => serveHere(manager.#settings))
    return manager
  }

  /**
   * Starts the server process. Resolves when it listens, has imported the modules of all classes and run the
   * initializer.
   * @throws ManagerError `START_FAILED`, `ABORTED`, `ALREADY_STARTED`, `NOT_GUARDED` (the program isn't under
   * `if (isMain(import.meta))`), `NOT_EXPORTED`; TypeError for an initializer that isn't a function
   */
  async start(options: StartOptions = {}): Promise<this> {
    assertOptions('manager.start', options, startChecks)
    await this.#start(options, callSite(methodOf(Manager.prototype, 'start')))
    return this
  }

  /**
   * Creates an instance in the server, of several in the one with the fewest referents that this program holds, and resolves
   * with its proxy. A `{ signal }` among the arguments aborts it; the manager's `callTimeoutMs` bounds it.
   * @throws (as a rejection) ManagerError `UNKNOWN_TYPEID`, `MODULE_FAILED`, `UNSERIALIZABLE`, `SESSION_LOST`,
   * `NOT_STARTED`; and what the constructor throws
   */
  create<T = unknown>(typeid: string, ...args: unknown[]): Promise<Remote<T>>
  create<K, V, T extends object>(Class: TakesPairs<K, V, T>, entries: Pairs<K, V>): Promise<Remote<T>>
  create<A extends unknown[], T extends object>(Class: new (...args: A) => T, ...args: A): Promise<Remote<T>>
  create<C extends AnyClass>(Class: C, ...args: RemoteArgs<ConstructorParameters<C>>): Promise<Remote<InstanceType<C>>>
  async create(type: string | AnyClass, ...args: unknown[]): Promise<object> {
    return this.#create(type, withModules(type, args, methodOf(this, 'create')))
  }

  /**
   * This manager's `create` and creators, whose calls take these options: `manager.withOptions({ on: 1 }).create(Counter)`.
   * @throws TypeError, RangeError for options that can't be; ManagerError `NOT_STARTED`
   */
  withOptions(options: CreateOptions): Creating<this> {
    assertOptions('manager.withOptions', options, createChecks)
    const { on, ...calls } = options
    const server = on === undefined ? undefined : this.#running().at(on)
    const create = async (type: string | AnyClass, ...args: unknown[]): Promise<object> =>
      this.#create(type, withModules(type, args, create), server, calls)
    return Object.create(this, { create: { value: create } }) as Creating<this>
  }

  /**
   * The referent of this name: made by the first call for it, and kept until `forget`, whatever sessions come and go. Calls
   * for it while it is being made get the same one.
   * @throws (as a rejection) ManagerError `NAME_TAKEN` for the name of a referent of another typeid; and as `create`
   */
  named<T = unknown>(name: string, typeid: string, ...args: unknown[]): Promise<Remote<T>>
  named<K, V, T extends object>(name: string, Class: TakesPairs<K, V, T>, entries: Pairs<K, V>): Promise<Remote<T>>
  named<A extends unknown[], T extends object>(
    name: string,
    Class: new (...args: A) => T,
    ...args: A
  ): Promise<Remote<T>>
  named<C extends AnyClass>(
    name: string,
    Class: C,
    ...args: RemoteArgs<ConstructorParameters<C>>
  ): Promise<Remote<InstanceType<C>>>
  async named(name: string, type: string | AnyClass, ...args: unknown[]): Promise<object> {
    isText('the name for manager.named', name)
    const sent = withModules(type, args, methodOf(this, 'named'))
    const server = this.#running().of(name)
    const typeid = await this.#known(type, server)
    return (await server.client.named(name, [typeid, ...sent])) as object
  }

  /** The referent of this name. @throws (as a rejection) ManagerError `UNKNOWN_NAME`, `TIMEOUT`, `ABORTED` */
  async lookup<T = unknown>(name: string, options?: CallOptions): Promise<Remote<T>> {
    isText('the name for manager.lookup', name)
    assertOptions('manager.lookup', options, callChecks)
    return (await this.#running().of(name).client.lookup(name, options)) as Remote<T>
  }

  /**
   * Takes its name from a referent, or undoes `share` of an object: the referent goes when nothing else holds it.
   * @throws (as a rejection) ManagerError `UNKNOWN_NAME`, `TIMEOUT`, `ABORTED`; `FORBIDDEN` for an object where this
   * manager doesn't serve it
   */
  async forget(shared: string | object, options?: CallOptions): Promise<void> {
    assertOptions('manager.forget', options, callChecks)
    if (typeof shared === 'string') await this.#running().of(shared).client.forget(shared, options)
    else if (isObject(shared)) this.#servingHere('forget an object').unshare(shared)
    else throw mustBe('what manager.forget is given', shared, 'a name, or an object that was shared')
  }

  /**
   * Hosts an existing object of this process, of a registered class, until `forget`; for managers made by `serve`.
   * @throws (as a rejection) ManagerError `FORBIDDEN` for any other manager, `UNKNOWN_TYPEID`
   */
  async share<T extends object>(instance: T): Promise<Remote<T>> {
    if (!isObject(instance))
      throw mustBe('what manager.share is given', instance, 'an object of a class that is @Shared()')
    const capability = this.#servingHere('share an object').share(instance)
    return (await this.#running().first.client.attach(capability)) as Remote<T>
  }

  /**
   * What the server holds at this moment, or the servers, without those that have ended; and what it has to do.
   * @throws (as a rejection) TypeError, RangeError for options that can't be; ManagerError `SESSION_LOST` where none is left, `PROTOCOL` for a server of a version that tells less, `TIMEOUT`, `ABORTED`
   */
  async inspect(options?: InspectOptions): Promise<Inspection> {
    assertOptions('manager.inspect', options, inspectChecks)
    return this.#running().inspect(options)
  }

  /**
   * What the server knows of a referent: who holds it, what of it is exposed, and its calls that have no answer yet. It is not
   * held by that, nor kept.
   * @param id that of `inspect`, which is each server's own
   * @throws (as a rejection) ManagerError `REFERENT_GONE`; and as `inspect`
   */
  async inspectReferent(id: number, options?: ServerChoice): Promise<ReferentDetail> {
    isWhole(1)('the id for manager.inspectReferent', id)
    const { client, calls } = this.#chosen('manager.inspectReferent', options)
    return inspectReferent(client, id, calls)
  }

  /**
   * What the server knows of a session: what it holds, its calls that have no answer yet, and its streams.
   * @param id that of `inspect`, which is each server's own
   * @throws (as a rejection) ManagerError `UNKNOWN_NAME` where there is none of that id, or no longer; and as `inspect`
   */
  async inspectSession(id: string, options?: ServerChoice): Promise<SessionDetail> {
    isText('the session for manager.inspectSession', id)
    const { client, calls } = this.#chosen('manager.inspectSession', options)
    return inspectSession(client, id, calls)
  }

  /**
   * The calls of referents that a server answers, in batches, at most one each 100 ms. The first comes when the watch has begun,
   * and is empty. A batch has 1000 calls at most; of more, and of what this program is too slow to take, `missed` tells how
   * many. The server measures its calls for as long as somebody watches. The stream ends when the server does in order, or with
   * `return`.
   * @throws TypeError, RangeError for options that can't be; (as rejections of `next`) ManagerError `ABORTED`, `SESSION_LOST`,
   * `OVERLOADED` where 64 watch already; `PROTOCOL` for a server of a version that can't do this
   */
  watchCalls(options: WatchCallsOptions = {}): AsyncGenerator<CallRecords, void, undefined> {
    assertOptions('manager.watchCalls', options, watchCallsChecks)
    return watchCalls(this.#running().at(options.server ?? 0).client, options)
  }

  /**
   * A proxy of a referent that others made, also where it has no name: this session holds it from then on.
   * @param id that of `inspect`, which is each server's own
   * @throws (as a rejection) ManagerError `REFERENT_GONE`; and as `inspect`
   */
  async proxyOf<T = unknown>(id: number, options?: ServerChoice): Promise<Remote<T>> {
    isWhole(1)('the id for manager.proxyOf', id)
    const { client, calls } = this.#chosen('manager.proxyOf', options)
    return (await proxyOf(client, id, calls)) as Remote<T>
  }

  /**
   * Ends this manager's session, and with it all that the session holds; and the server, if this manager started it, in
   * order. Calls of this session without an answer reject with `SESSION_LOST`; what others have running may finish
   * within `graceMs`. Resolves when both have ended: a server process that doesn't end in order is killed. Idempotent;
   * never rejects.
   */
  async close(): Promise<void> {
    this.#isUsed = true
    await this.#opening
    await this.#inspector?.close()
    await this.#servers?.close()
  }

  /**
   * Stops the server, whichever program started it, in order: it takes no new calls, and those that run, of this session too, may
   * finish within `graceMs`. Resolves when the session, and where this manager started it the server, has ended: only
   * then is a server process killed that is blocked. Idempotent; for a server that is gone it does nothing.
   *
   * Where it takes longer than the options say, it rejects, and this manager's session ends. The server was told
   * nevertheless: one that is blocked ends when it hears of it, or when the manager that started it kills it.
   * @throws (as a rejection) ManagerError `TIMEOUT`; `ABORTED`, as `not-sent` where the signal had aborted before: nothing
   * has changed then
   */
  async shutdown(options: CallOptions = {}): Promise<void> {
    assertOptions('manager.shutdown', options, callChecks)
    const end = (): Promise<void> => this.#shutDown()
    await within('shutdown', options, end, () => void this.close())
  }

  /**
   * Resolves when the server has ended; keeps this program alive until then.
   * @throws (as a rejection) ManagerError `SESSION_LOST` where this manager's server process ended by an error that
   * nothing there caught, with that for its cause; `START_FAILED` where it was given up after restarts that all failed
   */
  async join(): Promise<void> {
    await this.#running().join()
  }

  /** Where the server listens; of several servers all addresses, with commas between them. @throws ManagerError `NOT_STARTED` */
  get address(): string {
    return this.#running().address
  }

  /** The secret that opens everything of this manager, for `Manager.connect`. Printing it shows nothing. */
  get authkey(): AuthKey {
    return this.#authkey
  }

  /** The page by which people look at the server, where the options ask for it; it ends with this manager. */
  get inspector(): Inspector | undefined {
    return this.#inspector
  }

  /** The process that the server runs in, of several the first. @throws ManagerError `NOT_STARTED` */
  get pid(): number {
    return this.#running().first.client.serverPid ?? notRunning()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #shutDown(): Promise<void> {
    this.#isUsed = true
    await this.#opening
    await this.#servers?.shutDown()
    await this.close()
  }

  get #settings(): ManagerSettings {
    return {
      options: this.#options,
      authkey: this.#authkey,
      registry: this.#registry(),
      eventsOf: (server) => eventsOf(this, server),
    }
  }

  async #start(options: StartOptions, module: string | undefined): Promise<void> {
    refuseWhileImporting('Manager.start')
    await this.#open(() => startServers(this.#settings, options, module))
  }

  /** A manager runs once; one that couldn't start can be started again. */
  async #open(open: () => Promise<readonly Connection[]>): Promise<void> {
    if (this.#isUsed) throw new ManagerError('ALREADY_STARTED', 'this manager was started before; make a new one')
    this.#isUsed = true
    const opening = open().then((connections) => this.#opened(new Servers(connections)))
    this.#opening = opening.then(
      () => undefined,
      () => undefined,
    )
    try {
      await opening
    } catch (error) {
      this.#isUsed = false
      throw error
    }
  }

  /** Where the inspector can't be opened, the servers have ended. */
  async #opened(servers: Servers): Promise<void> {
    this.#servers = servers
    try {
      this.#inspector = await askedInspector(this, this.#options.inspector)
    } catch (error) {
      this.#servers = undefined
      await servers.close()
      throw error
    }
  }

  #running(): Servers {
    return this.#servers ?? notRunning()
  }

  #chosen(what: string, options?: ServerChoice): { readonly client: Client; readonly calls: CallOptions } {
    assertOptions(what, options, choiceChecks)
    const { server = 0, ...calls } = options ?? {}
    return { client: this.#running().at(server).client, calls }
  }

  #servingHere(what: string): Server {
    const hosting = this.#servers?.first.hosting
    if (hosting instanceof LocalServer) return hosting.server
    throw new ManagerError(
      'FORBIDDEN',
      `only a manager whose server is in this process can ${what}: use Manager.serve, or create it in the server`,
    )
  }

  async #create(
    type: string | AnyClass,
    args: readonly unknown[],
    on?: Connection,
    calls?: CallOptions,
  ): Promise<object> {
    return this.#running().place(on, async (server) => {
      const typeid = await this.#known(type, server, calls)
      return (await server.client.ask('create', [typeid, ...args], calls)) as object
    })
  }

  /** The typeid, which the server knows from now on. */
  async #known(type: string | AnyClass, server: Connection, calls?: CallOptions): Promise<string> {
    const registry = this.#registry()
    const registration = typeof type === 'string' ? registry.get(type) : registrationOf(registry, type)
    const { callTimeoutMs = 0 } = this.#options
    if (registration !== undefined)
      await server.lateImports?.ensure(registration, { timeoutMs: callTimeoutMs, ...calls })
    return registration?.typeid ?? String(type)
  }

  #registry(): Registry {
    return (this.constructor as typeof Manager).registry()
  }
}

/** @throws ManagerError `NOT_STARTED` */
function notRunning(): never {
  throw new ManagerError(
    'NOT_STARTED',
    'this manager is not running; await manager.start(), Manager.start() or Manager.connect() first',
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A manager class with a creator for each class of `C`. */
export type ManagerWith<B extends typeof Manager, C extends Readonly<Record<string, AnyClass>>> = Omit<B, 'prototype'> &
  (new (options?: ManagerOptions) => InstanceType<B> & Creators<C>)

/** A method as V8 has it on the stack, to find by it who called that. */
function methodOf(owner: Manager, name: 'start' | 'create' | 'named'): (...args: never[]) => unknown {
  return Reflect.get(owner, name)
}
