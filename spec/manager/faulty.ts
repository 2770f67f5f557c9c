import { writeFileSync } from 'node:fs'
import { Exposed, Manager, Shared } from 'referent'
import type { Host } from '../harness/hosts.ts'

let caught = ''

/** Ends its process, one way or the other. Its own end it tells everybody. */
@Shared()
export class Faulty implements Disposable {
  @Exposed
  async hang(began: () => unknown): Promise<never> {
    await began()
    return new Promise(() => undefined)
  }

  @Exposed
  throwLater(): Promise<never> {
    setTimeout(() => {
      throw new RangeError('thrown by a timer', { cause: 'the deeper one' })
    })
    return new Promise(() => undefined)
  }

  @Exposed
  rejectLater(): Promise<never> {
    void Promise.reject(new RangeError('rejected by a promise'))
    return new Promise(() => undefined)
  }

  @Exposed
  exit(code: number): void {
    process.exit(code)
  }

  /** What `catchUncaught` heard. */
  @Exposed
  get caught(): string {
    return caught
  }

  [Symbol.dispose](): void {
    if (caught === '') console.log('disposed')
  }
}

/** Prints while it is disposed of, and when it is done puts a file to where it is told. */
@Shared()
export class Scribe implements AsyncDisposable {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  @Exposed
  ping(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    for (let line = 0; line < 10; line++) {
      console.log('disposing')
      console.error('disposing')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    writeFileSync(this.#path, 'disposed')
  }
}

export function throwInInitializer(): Promise<never> {
  return new Faulty().throwLater()
}

export function catchUncaught(): void {
  process.on('uncaughtException', ({ message }) => (caught = message))
}

export function startThrowing(host: Host): Promise<Manager> {
  return Manager.start({ host, initializer: throwInInitializer })
}

/** Starts a server whose modules say themselves what becomes of errors that nobody caught. */
export function startCatching(host: Host): Promise<Manager> {
  return Manager.start({ host, initializer: catchUncaught })
}
