import { Process, type Remote } from 'referent'
import type { Counter } from '../harness/counter.ts'

// What the specs run in children, and what makes the children: a function is found in the module that calls `new Process`.

export async function add(counter: Remote<Counter>, by: number): Promise<void> {
  await counter.increment(by)
}

/** Finds proxies wherever they are in an argument. */
export async function addAll(nested: { counters: Map<string, Remote<Counter>[]>; since: Date }): Promise<void> {
  const counters = [...nested.counters.values()].flat()
  for (const counter of counters) await counter.increment(nested.since.getFullYear())
}

export function exitWith(code: number): void {
  process.exit(code)
}

/** Ends only when it is told to, and shows that it runs. */
export async function linger(counter: Remote<Counter>): Promise<void> {
  await counter.increment()
  await counter.wait()
}

/** As `linger`, also when it is asked to end. */
export async function ignoreTerm(counter: Remote<Counter>): Promise<void> {
  process.on('SIGTERM', () => undefined)
  await linger(counter)
}

export function namesake(): string {
  return 'the exported one'
}

function unexported(): void {}

export const refused: Readonly<Record<string, () => unknown>> = {
  unexported,
  anonymous: (
    () => () =>
      undefined
  )(),
  bound: exitWith.bind(undefined, 0),
  namesake: { namesake: () => undefined }.namesake,
}

/** As `new Process`, from here. */
export function processOf(fn: (...args: never[]) => unknown, ...args: unknown[]): Process {
  return new Process(fn, args as never)
}
