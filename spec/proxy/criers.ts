import { EventEmitter } from 'node:events'
import { Exposed, lostSignal, Manager, Process, type Remote, Shared, withOptions } from 'referent'
import { collectGarbage } from '../harness/garbage.ts'

/** A manager of plain event emitters. */
export class EmitterManager extends Manager {}
EmitterManager.register('EventEmitter', () => new EventEmitter(), { exposed: ['on', 'emit', 'listenerCount'] })

type Listener = (cry: string) => unknown

/** An object of a client that listens. */
@Shared()
export class Ear {
  @Exposed
  hear(cry: string): string {
    if (cry === 'fire') throw new RangeError('too loud')
    return cry
  }

  @Exposed
  get size(): number {
    throw new RangeError('no size')
  }
}

/** Never waits for those that it calls. */
@Shared()
export class Crier {
  readonly #listeners = new Set<Listener>()
  readonly #ears = new Set<Remote<Ear>>()
  readonly #writers = new Set<WritableStreamDefaultWriter<unknown>>()
  readonly #lost: string[] = []

  /** How many there are with it. Who is gone is forgotten. */
  @Exposed
  on(listener: Listener): number {
    const forget = (): void => {
      this.#listeners.delete(listener)
      this.#lost.push(String(lostSignal(listener).reason))
    }
    if (lostSignal(listener).aborted) forget()
    else lostSignal(listener).addEventListener('abort', forget)
    return this.#listeners.add(listener).size
  }

  @Exposed
  off(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  /** Collects what nobody here uses any more. */
  @Exposed
  tidy(): void {
    collectGarbage()
  }

  @Exposed
  tell(ear: Ear): number {
    return this.#ears.add(ear as unknown as Remote<Ear>).size
  }

  @Exposed
  write(stream: WritableStream<unknown>): number {
    return this.#writers.add(stream.getWriter()).size
  }

  @Exposed
  cry(what: string): void {
    for (const listener of this.#listeners) listener(what)
    for (const ear of this.#ears) {
      void ear.hear(what)
      void withOptions(ear, { timeoutMs: 1000 }).size
    }
    for (const writer of this.#writers) void writer.write(what)
  }

  /** Leaves a stream after its first item, and doesn't wait for its end. */
  @Exposed
  async drop(source: AsyncGenerator<number, void>): Promise<number | void> {
    const { value } = await source.next()
    void source.return()
    return value
  }

  /** How each listener answers that is waited for, if late. */
  @Exposed
  async ask(what: string): Promise<string[]> {
    const answers = [...this.#listeners].map((listener) => listener(what))
    return (await Promise.allSettled(answers)).map(({ status }) => status)
  }

  @Exposed
  get listeners(): number {
    return this.#listeners.size
  }

  /** What the listeners that are gone were lost by. */
  @Exposed
  takeLost(): string[] {
    return this.#lost.splice(0)
  }
}

/** A process that has each of them listen until it is ended. */
export function startListening(crier: Remote<Crier>, emitter?: Remote<EventEmitter>): Process {
  const process = new Process(listenForEver, [crier, emitter])
  process.start()
  return process
}

export async function listenForEver(crier: Remote<Crier>, emitter?: Remote<EventEmitter>): Promise<void> {
  await emitter?.on('cry', () => undefined)
  await crier.tell(new Ear())
  await crier.write(new WritableStream())
  await crier.on(() => undefined)
  await new Promise(() => undefined)
}

/** A process that forgets to wait for a call of its own. */
export function startForgetting(crier: Remote<Crier>): Process {
  const process = new Process(forgetAwait, [crier])
  process.start()
  return process
}

/** A program whose own call fails, and that doesn't wait for it: how it hears of that, it exits with. */
export async function forgetAwait(crier: Remote<Crier>): Promise<void> {
  process.once('unhandledRejection', () => process.exit(7))
  void crier.write('no stream' as never)
  await new Promise(() => undefined)
}
