import { isMainThread, workerData } from 'node:worker_threads'
import { ManagerError } from '../errors.ts'
import { Channel, type Port } from '../process/channel.ts'
import type { ThreadData } from '../process/child.ts'
import { marshalThrown, unmarshal } from '../process/marshal.ts'
import { findTarget } from '../process/target.ts'
import { ThreadPort } from '../process/thread-port.ts'
import { atMost } from '../deadline.ts'
import { crashed, partingMs } from '../server/ending.ts'
import { Server } from '../server/server.ts'
import { type Address, isThread } from '../transport/address.ts'
import { givePort } from '../transport/threads.ts'
import type { UnhandledFailure } from '../session-events.ts'
import { ImportedTypes } from './imports.ts'
// Registers the ready-made types.
import './sync-manager.ts'
import type { ConnectMessage, ImportMessage, OwnerMessage, ServerMessage, StartMessage } from './server-messages.ts'

// The entry of a server process or thread: imports the classes it is told, listens, and ends with its owner or when told to.

const { referentPort } = (isMainThread ? {} : workerData) as Partial<ThreadData>
const port = referentPort === undefined ? process : new ThreadPort(referentPort)
const what = referentPort === undefined ? 'server process' : 'server thread'
const owner = new Channel<ServerMessage, OwnerMessage>(port satisfies Port)
const types = new ImportedTypes()
let server: Server | undefined
let isCrashing = false
let tellingUnhandled = 0

/** So many failures may be on their way to the owner: a server may have far more of them than it can read. */
const mostUnhandled = 16

owner.hear((message) => void obey(message))
// The terminal sends these to the owner too, by whose close or death this process then ends in order.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined)
process.on('SIGTERM', () => void end())
port.once('disconnect', () => void end())
process.on('uncaughtException', (error: unknown) => void crash(error))

function obey(message: OwnerMessage): Promise<void> {
  switch (message.kind) {
    case 'start':
      return start(message)
    case 'import':
      return importMore(message)
    case 'ping':
      return tell({ kind: 'alive' })
    case 'connect':
      return connect(message)
  }
}

async function start(message: StartMessage): Promise<void> {
  try {
    await tell({ kind: 'ready', ...(await serve(message)) })
  } catch (error) {
    await tell({ kind: 'failed', error: marshalThrown(error) })
  }
}

async function importMore({ id, types: keys, modules }: ImportMessage): Promise<void> {
  try {
    await types.import(keys, modules)
    await tell({ kind: 'imported', id })
  } catch (error) {
    await tell({ kind: 'imported', id, error: marshalThrown(error) })
  }
}

/** A client that comes when the server has ended is told so by the end of its connection. */
async function connect({ port: connected }: ConnectMessage): Promise<void> {
  const address = server?.address ?? ''
  if (!isThread(address) || !givePort(address, connected)) connected.close()
}

/** Returns the identity of the server, which listens, and where. */
async function serve(order: StartMessage): Promise<{ readonly serverId: string; readonly address: Address }> {
  await types.import(order.types, order.modules)
  await initialize(order)
  const { place, authkey, isSucceeded, serving } = order
  const unhandled = (failure: UnhandledFailure): void => void tellUnhandled(failure)
  server = new Server({ ...serving, types, authkey, isSucceeded, unhandled })
  void server.ended.then(end)
  await server.listen(place)
  setImmediate(outliveReaders)
  return { serverId: server.serverId, address: server.address ?? place.address }
}

async function tellUnhandled({ error, ...call }: UnhandledFailure): Promise<void> {
  if (tellingUnhandled === mostUnhandled) return
  tellingUnhandled++
  await tell({ ...call, kind: 'unhandled', error: marshalThrown(error) })
  tellingUnhandled--
}

/**
 * The reader of what this process prints may end before it, with the owner for instance: that is no reason to leave the rest
 * undone. Takes two milliseconds, for which the owner need not wait.
 */
function outliveReaders(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)
}

async function initialize({ initializer }: StartMessage): Promise<void> {
  if (initializer === undefined) return
  const [fn, args] = await Promise.all([findTarget(initializer.target), unmarshal(initializer.args)])
  try {
    await fn(...(args as never[]))
  } catch (cause) {
    throw new ManagerError('START_FAILED', `the initializer '${initializer.target.name}' threw in the ${what}`, {
      cause,
    })
  }
}

/** Resolves when that has left. */
async function tell(message: ServerMessage): Promise<void> {
  // The owner may have gone meanwhile; 'disconnect' takes care of that.
  if (port.connected) await new Promise((sent) => owner.say(message, sent))
}

async function end(): Promise<void> {
  await server?.close()
  if (!isCrashing) process.exit()
}

/**
 * Ends the process as Node does by itself where nothing catches an error, but tells the owner, and all calls that wait for an
 * answer. A module may have said what to do instead, as in any other process.
 */
async function crash(error: unknown): Promise<void> {
  if (isCrashing || process.listenerCount('uncaughtException') > 1) return
  isCrashing = true
  process.exitCode = 1
  console.error(error)
  const reason = crashed(error, what)
  await atMost(
    partingMs,
    Promise.all([tell({ kind: 'crashed', error: marshalThrown(reason) }), server?.abandon(reason)]),
  )
  process.exit()
}
