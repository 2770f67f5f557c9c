import { type ChildOptions, forkChild, siblingModule } from '../process/child.ts'
import { abortedError } from '../session/wait.ts'
import type { Place } from '../transport/address.ts'
import { type Order, ServerProcess } from './server-process.ts'

export interface LaunchOptions extends ChildOptions {
  /** Where the server listens. */
  readonly place: Place
  /** How long the server may take to import the modules and to listen. */
  readonly timeoutMs: number
  /** Gives it up. */
  readonly signal?: AbortSignal
}

/**
 * Starts a server process, which ends with this one. Resolves when it listens.
 * @throws ManagerError `START_FAILED`, `ABORTED`, `NOT_GUARDED`, and what the initializer's module or the address are refused for
 */
export async function launchServer(order: Order, options: LaunchOptions): Promise<ServerProcess> {
  const { place, timeoutMs, signal } = options
  if (signal?.aborted === true) throw abortedError('start', signal.reason, 'not-sent')
  const modules = [...order.types.flatMap(({ module }) => module ?? []), ...order.modules]
  const child = forkChild(siblingModule('server-main', import.meta.url), modules, options)
  const server = new ServerProcess(child, place, order.graceMs)
  try {
    await server.begin(order, timeoutMs, signal)
    return server
  } catch (error) {
    await server.end()
    throw error
  }
}
