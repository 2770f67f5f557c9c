import { pick } from '../options.ts'
import { importModule } from '../main-module.ts'
import { Manager } from '../manager/manager.ts'
import { managerChecks } from '../manager/manager-options.ts'
import { Channel } from '../process/channel.ts'
import { marshalThrown } from '../process/marshal.ts'
import { release } from '../proxy/operations.ts'
// Registers the ready-made types.
import '../manager/sync-manager.ts'
import type { ServeMessage, ServeOrder, ServingMessage } from './serve-order.ts'

// The entry of the process that `referent serve` starts: imports the modules, hosts their classes, and ends when it is told, or
// with the one that started it.

/** How long clients try to reach the one that comes next. */
const reconnectMs = 30_000

const parent = new Channel<ServingMessage, ServeMessage>(process)
let serving: Promise<Manager> | undefined

parent.hear((message) => void (message.kind === 'serve' ? start(message) : end()))
// The terminal sends these to the parent too, which says what to do.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined)
process.on('SIGTERM', () => void end())
process.once('disconnect', () => void end())

async function start(order: ServeOrder): Promise<void> {
  serving = serve(order)
  try {
    const manager = await serving
    const typeids = Manager.registry().typeids()
    tell({ kind: 'ready', address: manager.address, pid: process.pid, typeids })
    // Who reads what this prints may end before it.
    for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined)
    await manager.join()
    process.exit()
  } catch (error) {
    tell({ kind: 'failed', error: marshalThrown(error) })
  }
}

async function serve(order: ServeOrder): Promise<Manager> {
  // One after the other: Node 20 fails where a CommonJS module requires what is being imported at the same time.
  for (const module of order.modules) await importModule(module)
  const manager = await Manager.serve({ ...pick(order, managerChecks), ...(order.isWatched ? { reconnectMs } : {}) })
  try {
    for (const { name, typeid } of order.named) release(await manager.named<object>(name, typeid))
    return manager
  } catch (error) {
    await manager.close()
    throw error
  }
}

function tell(message: ServingMessage): void {
  if (process.connected) parent.say(message, () => undefined)
}

async function end(): Promise<void> {
  const manager = await serving?.catch(() => undefined)
  await manager?.close()
  process.exit()
}
