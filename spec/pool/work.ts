import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { attach, Exposed, type NamedTarget, type Pool, type Reference, type Remote, Shared } from 'referent'
import type { Counter } from '../harness/counter.ts'

// What the workers of the specs' pools call, and who calls it by the function itself.

/** Holds those who come until it is opened. */
@Shared()
export class Gate {
  readonly #come: unknown[] = []
  #open: () => void = () => undefined
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve))

  @Exposed
  pass(name: unknown): Promise<void> {
    this.#come.push(name)
    return this.#opened
  }

  @Exposed
  get come(): unknown[] {
    return this.#come
  }

  @Exposed
  open(): void {
    this.#open()
  }
}

/** A function of this module, by its name. */
export function named(name: string): NamedTarget {
  return { module: import.meta.url, name }
}

export function square(number: number): number {
  return number * number
}

export function join(one: string, other: string): string {
  return `${one}-${other}`
}

/** Also which worker has the item: a process, or a thread of one. */
export function workerOf(item: number): { item: number; pid: number; threadId: number } {
  return { item, pid: process.pid, threadId }
}

export async function increment(counter: Remote<Counter>): Promise<Remote<Counter>> {
  await counter.increment()
  return counter
}

export async function incrementAt(reference: Reference<Counter>): Promise<void> {
  const counter = await attach(reference)
  await counter.increment()
}

/** Passes the gate only where it is told to. */
export async function pass([gate, name, isHeld]: [Remote<Gate>, number, boolean]): Promise<number> {
  if (isHeld) await gate.pass(name)
  return name
}

/** Shows up, and stays until the gate opens. */
export async function comeAndStay(gate: Remote<Gate>): Promise<void> {
  await gate.pass(process.pid)
}

/** Computes without end, after it has shown up. */
export async function comeAndCompute(given: Remote<Gate> | Reference<Gate>): Promise<never> {
  const gate = typeof given === 'string' ? await attach(given) : given
  void gate.pass(process.pid)
  await gate.come
  for (;;);
}

/** Computes for so many milliseconds. */
export function computeFor(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs;);
}

/** Fails where nobody waits for that. */
export async function failInTimer(): Promise<void> {
  setImmediate(() => {
    throw new RangeError('thrown by a timer')
  })
  await sleep(60_000)
}

export function exitWith(code: number): never {
  process.exit(code)
}

export function exitAtTwo(number: number): number {
  if (number === 2) process.exit(1)
  return number
}

/** Exits, and leaves a process of its own behind that lives on. Its number comes by the gate. */
export async function exitBeside(gate: Remote<Gate>): Promise<never> {
  const { pid } = spawn('sleep', ['60'], { stdio: 'ignore', detached: true })
  void gate.pass(pid)
  await gate.come
  process.exit(3)
}

/** Returns more at a time than waits in a socket. */
export function longUnlessTwo(number: number): Uint8Array {
  return new Uint8Array(exitAtTwo(number) * 200_000)
}

export function onlyEven(number: number): number {
  if (number % 2 === 0) return number
  throw Object.assign(new RangeError(`${number} is odd`, { cause: new TypeError('of that kind') }), {
    code: 'ODD',
    number,
  })
}

export function echo(value: unknown): unknown {
  return value
}

export function functionsOnly(): () => void {
  return () => undefined
}

const initializedWith: unknown[] = []

export function initialize(text: string): void {
  initializedWith.push(text)
}

export function failToInitialize(): never {
  throw new RangeError('no such database')
}

export async function failUnlessFirst(counter: Remote<Counter>): Promise<void> {
  if ((await counter.increment()) > 1) throw new RangeError('only one at a time')
}

export function initialized(item: number): { item: number; pid: number; with: unknown[] } {
  return { item, pid: process.pid, with: initializedWith }
}

/** As the program that has these functions would call them. */
export async function callByFunction(pool: Pool): Promise<unknown[]> {
  const results: unknown[] = [await pool.apply(join, ['a', 'b']), await pool.map(square, [1, 2])]
  results.push(await pool.starmap(join, [['c', 'd']]), await pool.apply(square, [5]))
  for await (const result of pool.imap(square, [3])) results.push(result)
  for await (const result of pool.imapUnordered(square, [4])) results.push(result)
  return results
}

export function callUnexported(pool: Pool): Promise<unknown> {
  return pool.apply(unexported)
}

function unexported(): void {}

let calls = 0

/** How many calls came before. */
export function numbered(): number {
  return calls++
}
