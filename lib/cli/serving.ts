import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { ManagerError } from '../errors.ts'
import { Channel } from '../process/channel.ts'
import { forkChild, siblingModule } from '../process/child.ts'
import { unmarshal } from '../process/marshal.ts'
import { endingMs } from '../server/ending.ts'
import type { ServeMessage, ServeOrder, ServingMessage } from './serve-order.ts'

export type Ready = Extract<ServingMessage, { kind: 'ready' }>

/** One process that serves, from its start to its end. */
export class Serving {
  readonly #child: ChildProcess
  readonly #channel: Channel<ServeMessage, ServingMessage>
  readonly #order: ServeOrder
  /** Resolves when it has ended in order. @throws (as a rejection) Error where it has otherwise */
  readonly ended: Promise<undefined>
  /** Resolves when it serves. @throws (as a rejection) what failed; ManagerError `START_FAILED`, or Error, where it ended before */
  readonly ready: Promise<Ready>

  /** @param imported is told of each file that the modules import, as its URL; without it, nobody is */
  constructor(order: ServeOrder, imported?: (url: string) => void) {
    this.#order = order
    const env = imported === undefined ? {} : { env: { WATCH_REPORT_DEPENDENCIES: '1' } }
    this.#child = forkChild(siblingModule('serve-main', import.meta.url), order.modules, env)
    this.#channel = new Channel(this.#child)
    // Whatever ends this process ends that one: also where it doesn't hear that this one has gone.
    const kill = (): void => this.kill()
    process.on('exit', kill)
    this.ended = once(this.#child, 'exit').then(([code, signal]) => {
      process.off('exit', kill)
      if (code !== 0) throw endedBy(code, signal)
      return undefined
    })
    this.ended.catch(() => undefined)
    this.ready = this.#ready()
    this.ready.catch(() => undefined)
    if (imported !== undefined) this.#child.on('message', (message) => importsIn(message).forEach(imported))
    this.#channel.say(order, () => undefined)
  }

  /** Ends it in order; one that doesn't hear of it is killed. Resolves when it has ended. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#channel.say({ kind: 'end' }, () => undefined)
    const over = new AbortController()
    const late = sleep(endingMs(this.#order.graceMs) + 1000, undefined, { signal: over.signal })
    const ended = this.ended.catch(() => undefined)
    await Promise.race([ended, late.then(() => this.kill())])
    over.abort()
    late.catch(() => undefined)
    await ended
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #ready(): Promise<Ready> {
    const told = new Promise<ServingMessage>((resolve) => this.#channel.hear(resolve))
    const message = await Promise.race([told, this.ended])
    if (message?.kind === 'ready') return message
    if (message?.kind === 'failed') throw await unmarshal(message.error)
    throw new ManagerError('START_FAILED', 'the process that was to serve has ended before it did')
  }
}

function endedBy(code: unknown, signal: unknown): Error {
  const how = typeof signal === 'string' ? `by ${signal}` : `with exit code ${String(code)}`
  return new Error(`the process that served has ended ${how}`)
}

/** What Node's loader tells under `--watch`. */
function importsIn(message: unknown): string[] {
  const urls: unknown = Reflect.get(Object(message), 'watch:import')
  return Array.isArray(urls) ? urls.filter((url) => typeof url === 'string') : []
}
