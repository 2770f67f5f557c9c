import { writeFileSync } from 'node:fs'
import { setEnvironmentData, getEnvironmentData, isMainThread } from 'node:worker_threads'
import { Exposed, isMain, Process, Shared } from 'referent'
import { isFull } from '../harness/size.ts'

/** Left by `prepare` in the process or thread that it runs in. */
export function prepare(text: string): void {
  setEnvironmentData('prepared', text)
}

/** Does something there, in a child of the server. */
export async function outlive(): Promise<void> {
  setInterval(() => undefined, 1000)
  await new Promise(() => undefined)
}

/** Tells of what it is hosted in. */
@Shared()
export class Tenant implements Disposable {
  #note = ''

  @Exposed
  tell(): { pid: number; isThread: boolean; isMain: boolean; prepared: unknown; variable: string | undefined } {
    return {
      pid: process.pid,
      isThread: !isMainThread,
      isMain: isMain(import.meta),
      prepared: getEnvironmentData('prepared'),
      variable: process.env['TENANT'],
    }
  }

  /** Calls back with each. */
  @Exposed
  async each(numbers: readonly number[], back: (number: number) => Promise<number>): Promise<number[]> {
    return Promise.all(numbers.map((number) => back(number)))
  }

  @Exposed
  async *count(to: number): AsyncGenerator<number> {
    for (let number = 1; number <= to; number++) yield number
  }

  @Exposed
  fail(): never {
    throw new RangeError('out of range', { cause: new Error('below') })
  }

  /** Has no one to take the promise of its callback. */
  @Exposed
  callLater(back: () => Promise<void>): void {
    setImmediate(() => void back())
  }

  /** Starts a child, which doesn't end by itself. */
  @Exposed
  startChild(): number | undefined {
    const child = new Process(outlive)
    child.start()
    return child.pid
  }

  /** Leaves a file there when it is disposed of. */
  @Exposed
  leaveNote(path: string): void {
    this.#note = path
  }

  @Exposed
  computeFor(ms: number): string {
    const untilMs = performance.now() + ms
    while (performance.now() < untilMs);
    return 'done'
  }

  /** Never ends. Takes all that the machine has where the specs are in their full size. */
  @Exposed
  compute(): never {
    const never = new Int32Array(new SharedArrayBuffer(4))
    for (;;) if (!isFull) Atomics.wait(never, 0, 0, 10)
  }

  @Exposed
  takeMemory(): never {
    const taken: number[][] = []
    for (;;) taken.push(Array.from({ length: 100_000 }, (_, index) => index))
  }

  [Symbol.dispose](): void {
    if (this.#note !== '') writeFileSync(this.#note, 'disposed of')
  }
}
