import type { AuthKey } from '../auth/authkey.ts'
import { registeringModules } from '../codec/classes.ts'
import { pick } from '../options.ts'
import { marshal } from '../process/marshal.ts'
import { targetOf } from '../process/target.ts'
import { accessTo, type Client, type ClientOptions, openClient } from '../proxy/client.ts'
import type { Access } from '../proxy/client-session.ts'
import { connectionPool } from '../proxy/connection-pool.ts'
import { keyOf, type Registry } from '../registry.ts'
import { servingChecks } from '../server/server.ts'
import { sessionChecks, sessionSettings } from '../session/session-options.ts'
import { type CallOptions, settledBy } from '../session/wait.ts'
import { addressesIn, clearPlace, isThread, ownAddress, parseAddress } from '../transport/address.ts'
import { placeAt } from '../transport/open.ts'
import { takePorts } from '../transport/threads.ts'
import type { ServerEvents } from './manager-events.ts'
import { dialingChecks } from '../transport/network-options.ts'
import { type Hosting, Supervisor } from './supervisor.ts'
import { launchServer, type OwnedServer } from './owned-server.ts'
import type { Order } from './server-messages.ts'
import { LateImports } from './imports.ts'
import type { ConnectOptions, ManagerOptions, StartOptions } from './manager-options.ts'
import { LocalServer } from './local-server.ts'

const defaultStartMs = 30_000

/** How long clients try to reach a server that is started anew, if nobody says otherwise. */
const restartedWithinMs = 30_000

export interface ManagerSettings {
  readonly options: ManagerOptions
  readonly authkey: AuthKey
  readonly registry: Registry
  /** What is told of the server of this index. */
  readonly eventsOf: (server: number) => ServerEvents
}

interface ServerSettings extends Omit<ManagerSettings, 'eventsOf'> {
  readonly events: ServerEvents
}

/** A session with one server of a manager, and that server where the manager started it itself. */
export interface Connection {
  readonly client: Client
  readonly hosting?: Hosting
  /** Where the server is a process that this manager started. */
  readonly lateImports?: LateImports
}

/**
 * Starts the server processes and logs in to them, all at the same time. Where that fails with one, all have ended.
 * @param module where the initializer is looked for
 * @throws (as a rejection) TypeError where there isn't one address for each
 */
export async function startServers(
  settings: ManagerSettings,
  start: StartOptions,
  module: string | undefined,
): Promise<readonly Connection[]> {
  const { servers = 1, host, resourceLimits } = start
  if (resourceLimits !== undefined && host !== 'thread')
    throw new TypeError("resourceLimits are of a server thread: give { host: 'thread' } too, or execArgv for a process")
  const { address } = settings.options
  if (host !== 'thread' && address !== undefined && addressesIn(address).some(isThread))
    throw new TypeError(`the address '${address}' is that of a server thread: give { host: 'thread' } too`)
  const addresses = address === undefined ? Array.from({ length: servers }, () => undefined) : addressesIn(address)
  if (addresses.length !== servers)
    throw new TypeError(
      `the address '${address}' is for ${addresses.length} of ${servers} servers; give one for each, with commas between them`,
    )
  return openAll(settings, addresses, (each, own) => startServer(each, own, start, module))
}

/** Logs in to the servers that another program started. */
export async function connectToServers(
  settings: ManagerSettings,
  address: string,
  options: ConnectOptions,
): Promise<readonly Connection[]> {
  const addresses = addressesIn(address).map((each) => parseAddress(each))
  return openAll(settings, addresses, async (each, own) => {
    return { client: await openClient(accessBy(each, own), clientOptions(each), options) }
  })
}

/** Starts a server in this process, with a session of this process itself. Where that fails, the server has ended. */
export async function serveHere(settings: ManagerSettings): Promise<readonly Connection[]> {
  return openAll(settings, [settings.options.address], serveOneHere)
}

/** Ends the session and the server, if it was started here. Bounded; never rejects. */
export async function closeConnection({ client, hosting }: Connection): Promise<void> {
  client.session.close()
  await Promise.all([client.session.join(), hosting?.end()])
}

/** Opens one connection for each address. Where one can't be opened, the others are closed. */
async function openAll<A>(
  { eventsOf, ...settings }: ManagerSettings,
  addresses: readonly A[],
  open: (settings: ServerSettings, address: A) => Promise<Connection>,
): Promise<readonly Connection[]> {
  const opening = addresses.map((address, index) => open({ ...settings, events: eventsOf(index) }, address))
  try {
    return await allOver(opening)
  } catch (error) {
    await Promise.all(opening.map((each) => each.then(closeConnection, () => undefined)))
    throw error
  }
}

/** Like `Promise.all`, but settles when all have. */
export async function allOver<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

async function startServer(
  settings: ServerSettings,
  address: string | undefined,
  start: StartOptions,
  module: string | undefined,
): Promise<Connection> {
  const { restart = 'never' } = start
  // Made here, so that it goes even if the server process dies before it has said a word.
  let place = await placeAt(address)
  const { signal, ...again } = start
  const heartbeat = restart === 'never' ? {} : { heartbeat: sessionSettings(settings.options).heartbeat }
  const options = { ...again, timeoutMs: start.timeoutMs ?? defaultStartMs, ...heartbeat }
  const [types, modules] = [settings.registry.entries(), registeringModules()]
  const launch = async (calls: CallOptions = {}): Promise<OwnedServer> =>
    launchServer(orderOf(settings, start, module), { ...options, ...calls, place })
  const calls = signal === undefined ? {} : { signal }
  const server = await launch(calls).catch(async (error: unknown) => {
    await clearPlace(place)
    throw error
  })
  // The next one has the same port.
  place = { ...place, address: server.address }
  const hosting = new Supervisor(server, () => launch(), place, restart, settings.events)
  if (isThread(place.address)) void hosting.over.then(takePorts(place.address, (port) => void hosting.connect(port)))
  const lateImports = new LateImports((imports) => hosting.import(imports), types, modules)
  const lost: ServerEvents['lost'] = (session) => {
    if (!session.willReopen) lateImports.giveUp(session.error)
    settings.events.lost(session)
  }
  const events = { ...settings.events, lost }
  const access = accessToOwn(hosting, accessBy(ownSettings(settings), ownAddress(server.address)))
  // Its owner is told by the end of its connection that the process is gone.
  const dialing = { ...clientOptions({ ...settings, events }), resumeMs: 0 }
  const client = await endedUnless(hosting, openClient(access, dialing, calls))
  void hosting.over.then((reason) => client.session.abandon(reason))
  return { client, hosting, lateImports }
}

async function serveOneHere(settings: ServerSettings, address: string | undefined): Promise<Connection> {
  const { options, authkey, registry, events } = settings
  const { unhandled } = events
  const hosting = await LocalServer.start(
    { ...options, isSucceeded: isSucceeded(options), authkey: authkey.bytes, types: registry, unhandled },
    address,
  )
  return {
    client: await endedUnless(hosting, hosting.openClient({ ...clientOptions(settings), reopens: false })),
    hosting,
  }
}

/** Who has started a server knows it by its identity, whatever certificate that has. */
function ownSettings(settings: ServerSettings): ServerSettings {
  const { tls, ...options } = settings.options
  if (tls === undefined) return settings
  const { ca: _, servername: __, ...own } = tls
  return { ...settings, options: { ...options, tls: own } }
}

function accessBy({ authkey, options }: ServerSettings, address: string): Access {
  return accessTo(address, { kind: 'authkey', key: authkey.bytes }, pick(options, dialingChecks))
}

/** Access to the server that the owner has started, not to one of another program that has taken the address meanwhile. */
function accessToOwn(hosting: Supervisor, access: Access): Access {
  let server: OwnedServer | undefined
  return {
    ...access,
    connect: async (signal) => {
      server = await settledBy(hosting.current, { signal })
      return access.connect(signal)
    },
    isExpected: (serverId) => serverId === server?.serverId,
  }
}

function clientOptions({ options, registry, events: { lost, reopened, unhandled } }: ServerSettings): ClientOptions {
  return {
    registry,
    open: (reference, shape) => connectionPool.open(reference, shape),
    ...pick(options, sessionChecks),
    lost,
    reopened,
    unhandled,
  }
}

function orderOf(
  { options, authkey, registry }: ServerSettings,
  start: StartOptions,
  module: string | undefined,
): Order {
  const { initializer, initializerArgs = [] } = start
  return {
    authkey: authkey.bytes,
    serving: {
      ...(start.restart === 'on-failure' ? { reconnectMs: restartedWithinMs } : {}),
      ...pick(options, servingChecks),
    },
    isSucceeded: isSucceeded(options),
    types: registry.entries().map(keyOf),
    modules: [...registeringModules()],
    ...(initializer === undefined
      ? {}
      : { initializer: { target: targetOf(initializer, module, 'the initializer'), args: marshal(initializerArgs) } }),
  }
}

/** Where sessions are to be opened anew for some time, they wait for the next server too. */
function isSucceeded({ reconnectMs = 0 }: ManagerOptions): boolean {
  return reconnectMs > 0
}

async function endedUnless<T>(hosting: Hosting, opened: Promise<T>): Promise<T> {
  try {
    return await opened
  } catch (error) {
    await hosting.end()
    throw error
  }
}
